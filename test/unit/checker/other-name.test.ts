import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { check, judge, red } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { idOf } from './script-plan.ts';

/**
 * Goal: a pod that comes back under another name, as those of a Deployment do, is the node that its
 * server says it is; one that is another node, or not there, is red as under its old name.
 */
const renamed = (events: readonly RunEvent[]): RunEvent[] => {
  const owner = { kind: 'ReplicaSet', name: 'kv-0' };
  const name = (uid: string, old: string) => (uid === 'uid-0b' ? 'kv-0-new' : old);
  return events.map((event): RunEvent => {
    if (event.kind === 'pod') {
      const { pod } = event;
      const own = pod.uid.startsWith('uid-0') ? owner : pod.owner;
      return { ...event, pod: { ...pod, name: name(pod.uid, pod.name), owner: own } };
    }
    if (event.kind === 'view') {
      return { ...event, view: { ...event.view, pod: name(event.view.uid, event.view.pod) } };
    }
    if (event.kind === 'canary' && event.seed === 'redis-0' && event.stage === 'after') {
      return { ...event, seed: 'kv-0-new' };
    }
    return event;
  });
};
const natural = (options: ScriptOptions = {}) =>
  judge({ hold: 'none', ...options, events: renamed });

describe('a successor of another name', () => {
  test('passes as the node it says it is', () => {
    const evaluation = natural();
    expect(red(evaluation)).toEqual([]);
    expect(check(evaluation, 'identity-kept')).toMatchObject({ verdict: 'pass' });
    expect(check(evaluation, 'identity-kept').evidence.join()).toMatch(
      /kv-0-new is node .*as before/,
    );
    const [fault] = evaluation.faults;
    expect(fault?.newIp).not.toBeNull();
    expect(fault?.timeline.podReadyMs).not.toBeNull();
  });

  test('is red when it is another node: its controller says whose place it takes', () => {
    const evaluation = natural({
      view: (pod, ms, server) =>
        pod === 'redis-0' && ms > 20_500
          ? {
              ...server,
              myId: 'f'.repeat(40),
              nodes: server.nodes.map((node) =>
                node.id === idOf(0) ? { ...node, id: 'f'.repeat(40) } : node,
              ),
            }
          : server,
    });
    expect(red(evaluation)).toContain('identity-kept');
    expect(check(evaluation, 'identity-kept').evidence.join()).toContain(
      'as redis-0 before the fault',
    );
  });

  test('is missed when it does not come', () => {
    const evaluation = natural({ backMs: null });
    expect(red(evaluation)).toContain('topology-converged');
    expect(check(evaluation, 'topology-converged').evidence.join()).toContain(
      'no live pod redis-0',
    );
  });
});
