import type { Progress } from '../run/watch/progress.ts';

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly quiet: boolean;
  /** ms since the command started. */
  readonly elapsedMs: () => number;
}

/** Live in a terminal: one line that changes, a finished one a phase. Plain lines elsewhere. */
export function openProgress(options: ProgressOptions): Progress {
  if (options.quiet) return { phase() {}, say() {}, status() {}, end() {} };
  return options.stream.isTTY ? liveProgress(options) : plainProgress(options);
}

function stamp(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(1).padStart(6)}s`;
}

function plainProgress({ stream, elapsedMs }: ProgressOptions): Progress {
  return {
    phase: (name) => stream.write(`${stamp(elapsedMs())}  ${name}\n`),
    say: (text) => stream.write(`${stamp(elapsedMs())}    ${text}\n`),
    status() {},
    end() {},
  };
}

const redrawEveryMs = 80;

function liveProgress({ stream, elapsedMs }: ProgressOptions): Progress {
  let phase = '';
  let status = '';
  let drawnMs = Number.NEGATIVE_INFINITY;
  const clear = '\r\x1b[2K';
  const draw = (force: boolean) => {
    const now = elapsedMs();
    if (!force && now - drawnMs < redrawEveryMs) return;
    drawnMs = now;
    const line = `${stamp(now)}  ${phase}${status ? `: ${status}` : ''}`;
    stream.write(`${clear}${line.slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
  };
  const finishLine = () => {
    if (phase !== '') stream.write(`${clear}${stamp(elapsedMs())}  ${phase} done\n`);
  };
  return {
    phase(name) {
      finishLine();
      phase = name;
      status = '';
      draw(true);
    },
    say(text) {
      stream.write(`${clear}${stamp(elapsedMs())}    ${text}\n`);
      draw(true);
    },
    status(text) {
      status = text;
      draw(false);
    },
    end() {
      finishLine();
      phase = '';
    },
  };
}
