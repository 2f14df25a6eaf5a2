import { describeError } from '../../../../model/errors.ts';
import { createSandbox, type Sandbox } from '../image/sandbox.ts';
import { recordEvent } from '../store/kube-events.ts';
import type { Pod } from '../store/pod-objects.ts';
import { type NodeContext, pause } from './node-context.ts';

/** The pod's sandbox at a new address. Tries until it works, as the kubelet does; null when told to stop. */
export async function sandboxFor(
  node: NodeContext,
  pod: Pod,
  stop: AbortSignal,
): Promise<Sandbox | null> {
  while (!stop.aborted) {
    try {
      return await createSandbox({
        tools: node.tools,
        hostname: pod.spec.hostname ?? pod.metadata.name,
        ip: node.podAddresses.take(),
        serial: node.nextSerial(),
        sharedProcesses: pod.spec.shareProcessNamespace === true,
      });
    } catch (error) {
      const message = `Failed to create pod sandbox: ${describeError(error)}`;
      recordEvent(node.store, pod, 'Warning', 'FailedCreatePodSandBox', message);
      await pause(1000, stop);
    }
  }
  return null;
}
