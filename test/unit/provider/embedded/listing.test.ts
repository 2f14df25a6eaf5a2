import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listObjects, listSince } from '../../../../src/provider/embedded/agent/api-server.ts';
import {
  deleteObject,
  removeFinalizer,
} from '../../../../src/provider/embedded/agent/controllers/deletion.ts';
import type { NewObject } from '../../../../src/provider/embedded/agent/store/stored-object.ts';
import { listingByVersion } from '../../../../src/provider/embedded/listing.ts';
import type { AgentCalls } from '../../../../src/provider/embedded/protocol.ts';
import { fakeCluster } from './cluster.ts';

type Request = AgentCalls['list']['request'];

const { signal } = new AbortController();
const selectors = [null, 'app=a', 'app=b'];
const finalizer = 'test/hold';

function openListing() {
  const { store } = fakeCluster();
  const answers: (AgentCalls['list']['reply'] | undefined)[] = [];
  const list = listingByVersion(async (request: Request) => {
    // as over the channel: what is handed over is a copy
    const reply = structuredClone(listSince(store, request));
    answers.push(reply);
    return reply;
  });
  return { store, list, answers };
}

const object = (kind: string, name: string): NewObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, labels: { app: name.slice(0, 1) }, finalizers: [finalizer] },
  data: { n: 0 },
});

const deed = fc.record({
  what: fc.constantFrom('create', 'change', 'delete', 'release', 'list', 'list', 'list'),
  kind: fc.constantFrom('ConfigMap', 'EndpointSlice'),
  name: fc.constantFrom('a1', 'a2', 'b1'),
  selector: fc.constantFrom(...selectors),
});

test('a listing that is only sent when something changed is at any time the whole list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 60 }), async (deeds) => {
      const { store, list } = openListing();
      let n = 0;
      for (const { what, kind, name, selector } of deeds) {
        const present = store.get(kind, name);
        if (what === 'create' && !present) store.create(object(kind, name));
        else if (what === 'change' && present) {
          Object.assign(present, { data: { n: ++n } });
          store.changed(present);
        } else if (what === 'delete' && present) deleteObject(store, present);
        else if (what === 'release' && present) removeFinalizer(store, present, finalizer);
        else if (what === 'list') {
          expect(await list(kind, selector, signal)).toEqual(listObjects(store, kind, selector));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('nothing is sent while nothing of the kind has changed, and the same array is handed out', async () => {
  const { store, list, answers } = openListing();
  store.create(object('ConfigMap', 'a1'));
  const first = await list('ConfigMap', null, signal);
  store.create(object('EndpointSlice', 'a1'));
  expect(await list('ConfigMap', null, signal)).toBe(first);
  expect(answers.at(-1)).toBeNull();
  store.create(object('ConfigMap', 'b1'));
  expect(await list('ConfigMap', null, signal)).toHaveLength(2);
});

test('an answer that was lost is asked for again', async () => {
  const { store, list } = openListing();
  store.create(object('ConfigMap', 'a1'));
  let lose = true;
  const lossy = listingByVersion(async (request) => {
    const reply = listSince(store, request);
    if (lose) throw new Error('the channel broke');
    return reply;
  });
  await expect(lossy('ConfigMap', null, signal)).rejects.toThrow('the channel broke');
  lose = false;
  expect(await lossy('ConfigMap', null, signal)).toEqual(await list('ConfigMap', null, signal));
});
