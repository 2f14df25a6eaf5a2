/** A person reads no more than this of one check; the files hold the rest. */
const maxLines = 12;

/** Evidence lines of one finding, at most 12: the rest is counted. */
export function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= maxLines) return lines;
  const shown = lines.slice(0, maxLines - 1);
  return [...shown, `and ${lines.length - shown.length} more`];
}

/** `20.140 s`: a moment of the run, to be found again in events.ndjson by its `atUs`. */
export function momentText(us: number): string {
  return `${(us / 1e6).toFixed(3)} s`;
}
