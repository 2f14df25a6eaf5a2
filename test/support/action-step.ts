import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandFile } from './command-file.ts';
import { type Ended, type Started, start } from './started-program.ts';

/** The Action's two steps as the runner runs them: processes, with its environment and its files. */
export interface ActionStep extends AsyncDisposable {
  readonly dir: string;
  startMain(): Started;
  /** With the state that main saved; to be run again after any failure. */
  post(): Promise<Ended>;
  outputs(): Readonly<Record<string, string>>;
  summary(): string;
  /** Paths of the journals that are left. */
  journals(): readonly string[];
}

export interface StepOptions {
  /** Programs of the two steps. */
  readonly main: string;
  readonly post: string;
  readonly inputs: Readonly<Record<string, string>>;
}

const commandFiles = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'] as const;

export function openActionStep(options: StepOptions): ActionStep {
  const dir = mkdtempSync(join(tmpdir(), 'rkc-step-'));
  for (const name of commandFiles) writeFileSync(join(dir, name), '');
  const inputs = Object.entries(options.inputs).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...Object.fromEntries(commandFiles.map((name) => [name, join(dir, name)])),
    ...Object.fromEntries(inputs),
    RUNNER_TEMP: join(dir, 'temp'),
    GITHUB_WORKSPACE: dir,
  };
  const text = (name: (typeof commandFiles)[number]) => readFileSync(join(dir, name), 'utf8');
  const journalDir = join(dir, 'temp', 'redis-k8s-chaos', 'journal');
  let main: Started | null = null;
  const post = () => {
    const state = Object.entries(readCommandFile(text('GITHUB_STATE')));
    const saved = Object.fromEntries(state.map(([name, value]) => [`STATE_${name}`, value]));
    return start(process.execPath, [options.post], { cwd: dir, env: { ...env, ...saved } }).ended;
  };
  return {
    dir,
    startMain() {
      main = start(process.execPath, [options.main], { cwd: dir, env });
      return main;
    },
    post,
    outputs: () => readCommandFile(text('GITHUB_OUTPUT')),
    summary: () => text('GITHUB_STEP_SUMMARY'),
    journals() {
      try {
        return readdirSync(journalDir).map((name) => join(journalDir, name));
      } catch {
        return [];
      }
    },
    async [Symbol.asyncDispose]() {
      main?.kill();
      await main?.ended;
      await post(); // also after a failure: nothing stays
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The run's id, as the log tells it. */
export function runIdIn(output: string): string {
  const id = /run (r[0-9a-z]{8}), seed/.exec(output)?.[1];
  if (id === undefined) throw new Error(`no run id in: ${output.slice(-2000)}`);
  return id;
}
