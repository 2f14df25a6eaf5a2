import { formatMs } from '../model/duration.ts';
import { masteredShard } from '../model/fault.ts';
import type { Report } from '../model/report.ts';

const verdicts = {
  pass: 'Pass',
  fail: 'Fail',
  inconclusive: 'Inconclusive: not enough evidence',
  error: 'Error: the run could not be done',
} as const;

/** `Fail – master-delete of redis-0`: the verdict and what was done, one line. */
export function headline(report: Report): string {
  const what = faultsDone(report)
    .map(({ text }) => text)
    .join(', ');
  return `${verdicts[report.verdict]}${what ? ` – ${what}` : ''}`;
}

/** Each fault once, with all its victims: `two-masters of redis-0 and redis-1`. */
export function faultsDone({
  faults,
}: Report): readonly { readonly id: string; readonly text: string }[] {
  return [...new Set(faults.map(({ id }) => id))].map((id) => {
    const victims = faults.filter((record) => record.id === id);
    const pods = victims.map(({ target }) => target.pod);
    const listed = [pods.slice(0, -1).join(', '), ...pods.slice(-1)].filter((some) => some !== '');
    return { id, text: `${victims[0]?.name} of ${listed.join(' and ')}` };
  });
}

/** The three questions that a reader has first. */
export function answers(
  report: Report,
): readonly { readonly question: string; readonly answer: string }[] {
  return [
    { question: 'What broke?', answer: whatBroke(report) },
    { question: 'For how long?', answer: howLong(report) },
    { question: 'What was lost?', answer: whatWasLost(report) },
  ];
}

function whatBroke({ checks, verdict, reasons }: Report): string {
  const red = checks.filter((check) => check.verdict === 'fail' && check.expectedRed !== true);
  if (red.length > 0) {
    return red
      .slice(0, 3)
      .map(({ id, why, observed }) => `${id}: ${why ?? observed}`)
      .concat(red.length > 3 ? [`and ${red.length - 3} more checks`] : [])
      .join('; ');
  }
  if (verdict === 'pass') return 'Nothing that a check could see.';
  return reasons[0] ?? 'It is not known: too little was observed.';
}

function howLong({ operations, faults }: Report): string {
  const { longestOutageMs } = operations;
  if (longestOutageMs === null) return 'It is not known: there was no load.';
  const modes = faults.map(({ mode, target, timeline }) => {
    const { promotedMs, stoppedMs } = timeline;
    const after =
      promotedMs !== null && stoppedMs !== null
        ? ` ${formatMs(promotedMs - stoppedMs)} after the exit`
        : '';
    const how =
      mode === 'promoted'
        ? `a replica was promoted${after}`
        : mode === 'unrecovered' && masteredShard(target) === null
          ? 'it did not come back'
          : modeTexts[mode];
    return `${target.pod}: ${how}`;
  });
  const longest = `${formatMs(longestOutageMs)} at most without an acknowledged write`;
  return `${[longest, ...modes].join('; ')}.`;
}

const modeTexts = {
  promoted: 'a replica was promoted',
  restarted: 'the pod came back as what it was',
  wiped: 'it came back without its data',
  drifted: 'the shards are made up anew',
  unrecovered: 'its slots were not served again',
} as const;

function whatWasLost({ operations: o, checks }: Report): string {
  const judged = checks.some(
    ({ id, verdict }) => id === 'counter-continuity' && verdict !== 'inconclusive',
  );
  if (!judged && o.lost === 0) return 'It is not known.';
  const numbers = `${o.lost} of ${o.ok} acknowledged writes`;
  return o.lost === 0 ? `Nothing: ${numbers}.` : `${numbers}.`;
}
