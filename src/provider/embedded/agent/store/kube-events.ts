import type { AnyObject, KubeEvent } from './objects.ts';
import type { ObjectStore } from './store.ts';

/** Events kept at most; the oldest go first, as the API server's expire. */
const limit = 1000;

/** Writes an Event about an object; the same one again only counts up. */
export function recordEvent(
  store: ObjectStore,
  object: AnyObject,
  type: KubeEvent['type'],
  reason: string,
  message: string,
): void {
  const now = store.now();
  const events = store.list('Event');
  const same = events.find(
    (event) =>
      event.involvedObject.uid === object.metadata.uid &&
      event.reason === reason &&
      event.message === message,
  );
  if (same) {
    same.count++;
    same.lastTimestamp = now;
    store.changed(same);
    return;
  }
  const oldest = events[0];
  if (events.length >= limit && oldest) store.remove(oldest);
  const { name, namespace, uid } = object.metadata;
  store.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${(eventSerial++).toString(16).padStart(16, '0')}` },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    involvedObject: { kind: object.kind, name, namespace, uid },
    source: { component: 'embedded' },
  });
}

let eventSerial = 0;
