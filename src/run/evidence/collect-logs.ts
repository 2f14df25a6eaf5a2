import { describeError, WriteError } from '../../model/errors.ts';
import type { Stage } from '../stage.ts';

/** Every container's log to logs/POD.CONTAINER.log; one that cannot be had is a note, not an error. @throws WriteError */
export async function collectLogs(stage: Stage): Promise<void> {
  const { provider, recorder, folder, redact, signal } = stage;
  const pods = [...recorder.world.pods.values()].map(({ pod }) => pod);
  await Promise.all(
    pods.flatMap((pod) =>
      pod.containers.map(async (container) => {
        const name = `logs/${pod.name}.${container.name}`;
        try {
          const present = await provider.logs(pod.name, container.name, {}, signal);
          folder.write(`${name}.log`, redact(present));
          if (container.restarts > 0) {
            const text = await provider.logs(pod.name, container.name, { previous: true }, signal);
            folder.write(`${name}.previous.log`, redact(text));
          }
        } catch (error) {
          if (error instanceof WriteError) throw error;
          recorder.record({
            kind: 'note',
            text: `no log of ${pod.name}/${container.name}: ${describeError(error)}`,
          });
        }
      }),
    ),
  );
}
