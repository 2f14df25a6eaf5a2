/**
 * One change of a manifest's text. The old text must be there exactly once: a change of the shipped
 * file can then never quietly turn a broken set-up into a healthy one.
 */
export interface TextEdit {
  readonly from: string;
  readonly to: string;
}

/** @throws Error when an edit finds its place not at all, or more than once. */
export function edited(text: string, edits: readonly TextEdit[], name: string): string {
  return edits.reduce((current, { from, to }) => {
    const found = current.split(from).length - 1;
    if (found === 1) return current.replace(from, () => to);
    throw new Error(`${name}: expected this once, found it ${found} times:\n${from}`);
  }, text);
}

/** The lines from the one that starts a block to before the one that ends it, both found once. */
export function blockOf(text: string, first: string, next: string): string {
  const start = text.indexOf(first);
  const end = text.indexOf(next, start + 1);
  if (start < 0 || end < 0) throw new Error(`there is no block from ${first} to ${next}`);
  return text.slice(start, end);
}
