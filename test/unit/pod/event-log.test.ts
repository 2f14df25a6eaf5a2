import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { EventLog } from '../../../src/pod/event-log.ts';

/** A response that keeps its lines, and takes no more after `room` of them until it drains. */
class Sink extends EventEmitter {
  readonly lines: { kind: string; seq?: number; from?: number; to?: number }[] = [];
  room = Number.POSITIVE_INFINITY;
  writeHead() {}
  flushHeaders() {}
  end() {}
  write(line: string): boolean {
    this.lines.push(JSON.parse(line));
    return --this.room > 0;
  }
  get seqs() {
    return this.lines.filter(({ kind }) => kind !== 'beat').map(({ seq }) => seq);
  }
}

let log: EventLog;
afterEach(() => log.close());

const event = (uid: string) => ({ kind: 'target-gone', pod: 'p', uid }) as const;
const read = (from: number): Sink => {
  const sink = new Sink();
  log.stream(sink as unknown as ServerResponse, from);
  return sink;
};

it('gives every reader all events from the number it asks for, and then as they come', () => {
  log = new EventLog(systemClock);
  for (const uid of ['a', 'b', 'c']) log.append(event(uid));
  const all = read(1);
  const late = read(3);
  log.append(event('d'));
  expect(all.seqs).toEqual([1, 2, 3, 4]);
  expect(late.seqs).toEqual([3, 4]);
  expect(log.lastSeq).toBe(4);
});

it('waits for a slow reader and loses nothing while the ring holds it', () => {
  log = new EventLog(systemClock);
  const slow = read(1);
  slow.room = 1;
  for (const uid of ['a', 'b', 'c']) log.append(event(uid));
  expect(slow.seqs).toEqual([1]);
  slow.room = 9;
  slow.emit('drain');
  expect(slow.seqs).toEqual([1, 2, 3]);
});

it('tells a reader what it has missed', () => {
  log = new EventLog(systemClock, 4);
  for (let n = 0; n < 10; n++) log.append(event(String(n)));
  const reader = read(2);
  expect(reader.lines[0]).toMatchObject({ kind: 'gap', from: 2, to: 6 });
  expect(reader.seqs.slice(1)).toEqual([7, 8, 9, 10]);
});

it('forgets a reader that has hung up', () => {
  log = new EventLog(systemClock);
  const reader = read(1);
  reader.emit('close');
  log.append(event('a'));
  expect(reader.seqs).toEqual([]);
});
