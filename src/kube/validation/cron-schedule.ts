/**
 * What is wrong with a CronJob's schedule, as robfig/cron's ParseStandard reads it: five fields, or
 * a word such as `@hourly`. Sunday is 0 and not 7. Null when it is right.
 */
export function scheduleProblem(schedule: string): string | null {
  if (/^(CRON_)?TZ=/.test(schedule)) return 'may not name a time zone: that is timeZone';
  if (schedule.startsWith('@')) {
    const good = words.test(schedule) || every.test(schedule);
    return good
      ? null
      : `is ${schedule}, which is none of @hourly, @daily, @every 1h30m and their like`;
  }
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== bounds.length) {
    return `has ${fields.length} fields, must have ${bounds.length}: minute, hour, day of the month, month, day of the week`;
  }
  for (const [index, text] of fields.entries()) {
    const bound = bounds[index];
    if (bound && !text.split(',').every((part) => isRange(part, bound))) {
      return `has ${text} as ${bound.name}, which is of ${bound.least} to ${bound.most}`;
    }
  }
  return null;
}

interface Bound {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const words = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const every =
  /^@every [+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const bounds: readonly Bound[] = [
  { name: 'the minute', least: 0, most: 59, names: [] },
  { name: 'the hour', least: 0, most: 23, names: [] },
  { name: 'the day of the month', least: 1, most: 31, names: [] },
  { name: 'the month', least: 1, most: 12, names: months },
  { name: 'the day of the week', least: 0, most: 6, names: days },
];

/** `*`, `5`, `1-5`, each with a step of 1 or more. */
function isRange(text: string, bound: Bound): boolean {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^0*[1-9]\d*$/.test(step))) return false;
  const [first = '', last, ...rest] = range.split('-');
  if (first === '*' || first === '?') return last === undefined;
  const from = numberOf(first, bound);
  const to = last === undefined ? from : numberOf(last, bound);
  return rest.length === 0 && from >= bound.least && to <= bound.most && from <= to;
}

function numberOf(text: string, bound: Bound): number {
  const named = bound.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + bound.least;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
