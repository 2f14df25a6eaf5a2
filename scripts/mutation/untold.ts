import type { Known } from './survivors.ts';

const tie =
  'which of several that ended in the same microsecond with the same number is named is not promised';

/** Survivors that do differ, but in nothing that anybody is promised: they count against the score. */
export const untold: readonly Known[] = [
  {
    file: 'stale',
    code: 'if (left < heap.length && endOf(left) < endOf(least)) least = left;',
    from: '<',
    to: '<=',
    place: 2,
    why: tie,
    equivalent: false,
  },
  {
    file: 'stale',
    code: 'if (left + 1 < heap.length && endOf(left + 1) < endOf(least)) least = left + 1;',
    from: '<',
    to: '<=',
    place: 2,
    why: tie,
    equivalent: false,
  },
  {
    file: 'standing',
    code: "phaseUs(story.events, 'window', 'begin') ?? phaseUs(story.events, 'settle', 'end') ?? 0;",
    from: '0',
    to: '1',
    why: 'a run without those phases is looked at from 1 µs on instead of from 0: nothing is told so finely',
    equivalent: false,
  },
];
