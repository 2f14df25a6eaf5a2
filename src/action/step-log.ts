import * as core from '@actions/core';
import type { Progress } from '../run/watch/progress.ts';

/** How often what a phase sees now is worth a line: waits are long, logs are read afterwards. */
const statusEveryMs = 10_000;

/** The step's log: a group a phase. `elapsedMs` counts from the step's start. */
export function openStepLog(elapsedMs: () => number): Progress {
  let open = false;
  let status = '';
  let statusMs = 0;
  const close = () => {
    if (open) core.endGroup();
    open = false;
  };
  return {
    phase(name) {
      close();
      core.startGroup(`${stamp(elapsedMs())} ${oneLine(name)}`);
      open = true;
      statusMs = elapsedMs();
    },
    say: (text) => logText(text, `${stamp(elapsedMs())} `),
    status(text) {
      if (text === status || elapsedMs() - statusMs < statusEveryMs) return;
      status = text;
      statusMs = elapsedMs();
      logText(text, `${stamp(elapsedMs())} `);
    },
    end: close,
  };
}

/**
 * Prints text that may hold what others wrote (pods' logs, servers' replies): a line that begins with
 * a workflow command's mark would be obeyed by the runner, so it is shifted by a bar.
 */
export function logText(text: string, prefix = ''): void {
  for (const line of text.trimEnd().split(/\r\n|\r|\n/)) {
    core.info(`${prefix}${/^\s*(::|##\[)/.test(prefix + line) ? '| ' : ''}${line}`);
  }
}

function stamp(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)}s`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
