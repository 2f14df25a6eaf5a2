import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, SnapshotEvent } from '../model/event.ts';
import { diskFacts, diskFile, nothingOnDisk } from '../run/evidence/disk-facts.ts';

/** The events as nodes/ bears them out, and where it does not. */
export interface BorneOut {
  readonly events: readonly RunEvent[];
  /** One line each. */
  readonly mismatches: readonly string[];
}

/**
 * Holds what the events say of each pod's nodes.conf against the file itself. Where they differ both are
 * judged, so that neither can hide what the other shows; what the run wrote and is gone was not seen.
 */
export function withStoredDisk(
  reportDir: string,
  events: readonly RunEvent[],
  written: ReadonlySet<string>,
): BorneOut {
  const mismatches: string[] = [];
  const borneOut = events.flatMap((event): readonly RunEvent[] => {
    if (event.kind !== 'snapshot') return [event];
    const file = diskFile(event);
    const text = readOrNull(join(reportDir, file));
    if (text === null) {
      if (!written.has(file)) return [event];
      mismatches.push(`${file} is gone, and with it what ${event.pod} had on disk`);
      return [{ ...event, ...nothingOnDisk, error: `${file} is gone` }];
    }
    const facts = diskFacts(text);
    if (same(event, facts)) return [event];
    mismatches.push(
      `${file} and events.ndjson differ: own address ${facts.diskMyselfIp ?? 'none'} and ${event.diskMyselfIp ?? 'none'}, ${facts.diskNodes.length} and ${event.diskNodes.length} nodes; both are judged`,
    );
    return [event, { ...event, ...facts }];
  });
  return { events: borneOut, mismatches };
}

function same(event: SnapshotEvent, facts: Pick<SnapshotEvent, 'diskMyselfIp' | 'diskNodes'>) {
  const { diskMyselfIp, diskNodes } = event;
  return JSON.stringify({ diskMyselfIp, diskNodes }) === JSON.stringify(facts);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
