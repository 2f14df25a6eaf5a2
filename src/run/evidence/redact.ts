import type { EventBody } from '../../model/event.ts';
import type { Progress } from '../watch/progress.ts';
import { formsOf } from './secret-forms.ts';
import { hideByPlace, stars } from './secret-places.ts';
import type { Secrets } from './secrets.ts';

export type Redact = (text: string) => string;

/**
 * Hides secrets in a text for people: by place, and by value in every form of it. Never to be used on
 * what is judged (ids, addresses, roles, keys, op ids): a verdict must not depend on a password.
 */
export function redactor({ anywhere, asWords }: Secrets): Redact {
  const pattern = alternatives([
    ...anywhere.flatMap((value) => formsOf(value).map(escaped)),
    ...asWords.map((value) => `(?<![\\w.:/-])${escaped(value)}(?![\\w.:/-])`),
  ]);
  return (text) => {
    const placed = hideByPlace(text);
    return pattern === null ? placed : placed.replace(pattern, stars);
  };
}

/** The event with its texts for people redacted; its other fields are evidence and stay as they are. */
export function redactEvent<E extends EventBody>(event: E, redact: Redact): E {
  switch (event.kind) {
    case 'view':
      return event.view.error === null
        ? event
        : { ...event, view: { ...event.view, error: redact(event.view.error) } };
    case 'pod': {
      const containers = event.pod.containers.map((container) =>
        container.message === null
          ? container
          : { ...container, message: redact(container.message) },
      );
      return { ...event, pod: { ...event.pod, containers } };
    }
    default:
      return redactFields(event, redact);
  }
}

/** Fields that hold sentences, whatever the event. */
const sentences: ReadonlySet<string> = new Set([
  'text',
  'message',
  'detail',
  'answer',
  'error',
  'lines',
  'reason',
]);

function redactFields<E extends EventBody>(event: E, redact: Redact): E {
  const entries = Object.entries(event).map(([name, value]: [string, unknown]) => {
    if (!sentences.has(name)) return [name, value] as const;
    if (typeof value === 'string') return [name, redact(value)] as const;
    const isList =
      Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string');
    return [name, isList ? redact(value.join('\n')).split('\n') : value] as const;
  });
  return { ...event, ...Object.fromEntries(entries) };
}

/** What a terminal or a job's log shows. */
export function redactProgress(progress: Progress, redact: Redact): Progress {
  return {
    phase: (name) => progress.phase(name),
    say: (text) => progress.say(redact(text)),
    status: (text) => progress.status(redact(text)),
    end: () => progress.end(),
  };
}

/** Hides secrets in an error's message and in those of its causes, in place; its kind stays. */
export function redactError(error: unknown, redact: Redact): void {
  const seen = new Set<Error>();
  const visit = (one: unknown) => {
    if (!(one instanceof Error) || seen.has(one)) return;
    seen.add(one);
    const { message, stack } = one;
    if (redact(message) !== message) {
      one.message = redact(message);
      if (stack !== undefined) one.stack = redact(stack);
    }
    visit(one.cause);
    if (one instanceof AggregateError) for (const inner of one.errors) visit(inner);
  };
  visit(error);
}

/** The longest first: a value may be a part of another. */
function alternatives(patterns: readonly string[]): RegExp | null {
  const ordered = [...new Set(patterns)].toSorted((a, b) => b.length - a.length);
  return ordered.length === 0 ? null : new RegExp(ordered.join('|'), 'gu');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
