import { describeError } from '../model/errors.ts';
import type { Stage } from './stage.ts';

/** Every container's log to logs/POD.CONTAINER.log; one that cannot be had is a note, not an error. */
export async function collectLogs(stage: Stage): Promise<void> {
  const { provider, recorder, folder, signal } = stage;
  const pods = [...recorder.world.pods.values()].map(({ pod }) => pod);
  await Promise.all(
    pods.flatMap((pod) =>
      pod.containers.map(async (container) => {
        const name = `logs/${pod.name}.${container.name}`;
        try {
          folder.write(`${name}.log`, await provider.logs(pod.name, container.name, {}, signal));
          if (container.restarts > 0) {
            const text = await provider.logs(pod.name, container.name, { previous: true }, signal);
            folder.write(`${name}.previous.log`, text);
          }
        } catch (error) {
          recorder.record({
            kind: 'note',
            text: `no log of ${pod.name}/${container.name}: ${describeError(error)}`,
          });
        }
      }),
    ),
  );
}
