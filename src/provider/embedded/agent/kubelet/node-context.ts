import type { FifoPool } from '../fifo-pool.ts';
import type { ImageStore } from '../image/images.ts';
import type { Tools } from '../image/tools.ts';
import type { Machines } from '../machines.ts';
import type { AddressPool } from '../network/addresses.ts';
import type { ObjectStore } from '../store/store.ts';

/** What every part of the kubelets works with; one process plays them all. */
export interface NodeContext {
  readonly store: ObjectStore;
  readonly tools: Tools;
  readonly images: ImageStore;
  readonly podAddresses: AddressPool;
  readonly fifos: FifoPool;
  /** What the nodes stand for: only the kubelet of one that is up sees and does anything. */
  readonly machines: Machines;
  /** One user only: no foreign uids, no chown. */
  readonly rootless: boolean;
  /** A number that no other pod of this run has had. */
  nextSerial(): number;
  /** For lines that only help to debug the provider. */
  log(line: string): void;
}

/** Resolves at the store's next change, after `timeoutMs`, or when the signal aborts. */
export function nextChange(
  store: ObjectStore,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    const unsubscribe = store.subscribe((object) => {
      if (object.kind !== 'Event' && object.kind !== 'Pod') done();
    });
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

/** Sleeps, but not beyond the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
