import { Session } from 'node:inspector/promises';
import { pathToFileURL } from 'node:url';

/** Places of one file by how often they ran. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What ran of which file (by path) since the last look. */
export type Covered = ReadonlyMap<string, readonly Range[]>;

/** The engine's own coverage, by block; offsets are the source's, because types are only blanked. */
export async function startCoverage(): Promise<() => Promise<Covered>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const covered = new Map<string, Range[]>();
    for (const { url, functions } of result) {
      const ranges = functions.flatMap((entry) => entry.ranges);
      covered.set(url, [...(covered.get(url) ?? []), ...ranges]);
    }
    return covered;
  };
}

/** Whether the code at a place ran: what the smallest block around it says. */
export function ran(covered: Covered, path: string, offset: number): boolean {
  const ranges = covered.get(path) ?? covered.get(pathToFileURL(path).href) ?? [];
  const around = ranges.filter((range) => range.startOffset <= offset && offset < range.endOffset);
  const sizes = around.map(({ startOffset, endOffset }) => endOffset - startOffset);
  const smallest = Math.min(...sizes);
  return around.some(({ count }, index) => count > 0 && sizes[index] === smallest);
}
