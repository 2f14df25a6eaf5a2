import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openLedgers } from '../checker/counter/ledgers.ts';
import { buildHistory } from '../checker/history.ts';
import type { Evidence } from '../checker/run-story.ts';
import { UsageError } from '../model/errors.ts';
import type { RunEvent } from '../model/event.ts';
import { type Operation, outcomes } from '../model/operation.ts';
import type { Report } from '../model/report.ts';
import { readNdjson } from '../platform/ndjson-reader.ts';

/** A line of history.ndjson is hardly shorter: what room to make at first. */
const leastLineBytes = 150;

/**
 * The evidence of a stored run, line by line: requests go into columns and ledger entries become places
 * in them, so that ten million fit into 1 GB.
 */
export function readEvidence(reportDir: string, report: Report): Evidence {
  const path = join(reportDir, 'history.ndjson');
  // A run that ended before its load may have none.
  const bytes = existsSync(path) ? statSync(path).size : 0;
  const builder = buildHistory(Math.ceil(bytes / leastLineBytes));
  if (bytes > 0) readNdjson(path, (value) => builder.add(asOperation(value)));
  const history = builder.finish();

  const ledgers = openLedgers(history);
  const events: RunEvent[] = [];
  const eventsPath = join(reportDir, 'events.ndjson');
  if (!existsSync(eventsPath)) throw new UsageError(`there is no ${eventsPath}`);
  readNdjson(eventsPath, (value) => {
    const event = asEvent(value);
    if (event.kind === 'ledger') {
      ledgers.add(event);
      events.push({ ...event, entries: [] });
    } else {
      events.push(event);
    }
  });
  const { plan, environment } = report;
  return { plan, topology: environment.topology, events, operations: history, ledgers };
}

function asOperation(value: unknown): Operation {
  const line = value as Operation;
  const isOperation =
    typeof line?.id === 'string' &&
    typeof line.key === 'string' &&
    Number.isFinite(line.intendedUs) &&
    Number.isFinite(line.startUs) &&
    Number.isFinite(line.endUs) &&
    outcomes.includes(line.outcome) &&
    (line.value === null || Number.isFinite(line.value));
  if (!isOperation) throw new TypeError('it is not a request of the history');
  return line;
}

function asEvent(value: unknown): RunEvent {
  const line = value as RunEvent;
  if (typeof line?.kind !== 'string' || !Number.isFinite(line.atUs)) {
    throw new TypeError('it is not an event');
  }
  return line;
}
