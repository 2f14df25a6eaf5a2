import { UsageError } from '../model/errors.ts';
import type { TopologyName } from '../model/plan.ts';
import { didYouMean } from '../model/suggestion.ts';
import { type PlanOption, type PlanSource, readPlanOptions } from '../plan/plan-source.ts';
import {
  type CommandName,
  type CommandSpec,
  commandNames,
  commands,
  type FlagSpec,
} from './commands.ts';

interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** A command line, understood. */
export type Invocation =
  | ({
      readonly command: 'run' | 'plan';
      readonly planPath: string | null;
      readonly flags: PlanSource;
    } & Output)
  | ({ readonly command: 'check'; readonly reportDir: string } & Output)
  | ({
      readonly command: 'compare';
      readonly base: string;
      readonly head: string;
      readonly thresholdPercent: number;
      readonly markdown: boolean;
    } & Output)
  | ({
      readonly command: 'merge';
      readonly reportDirs: readonly string[];
      readonly reportDir: string;
    } & Output)
  | ({ readonly command: 'clean' | 'doctor' } & Output)
  | { readonly command: 'manifests'; readonly topology: TopologyName }
  | { readonly command: 'schema'; readonly of: 'plan' | 'report' }
  | { readonly command: 'help'; readonly about: CommandName | null }
  | { readonly command: 'version' };

/**
 * Understands the arguments after the program's name. Arguments that start with a flag are `run`'s.
 * @throws UsageError (exit 64) for an unknown command or flag with the one most likely meant, a value
 * missing, not right or given twice, too many or too few operands.
 */
export function parseArguments(argv: readonly string[]): Invocation {
  const [first] = argv;
  if (first === undefined) return { command: 'help', about: null };
  if (first === '--version' || first === '-V') return { command: 'version' };
  if (first === '--help' || first === '-h') return { command: 'help', about: null };
  const command = first.startsWith('-') ? 'run' : commandOf(first);
  const words = first.startsWith('-') ? argv : argv.slice(1);
  if (beforeSeparator(words).some((word) => word === '--help' || word === '-h')) {
    return { command: 'help', about: command };
  }
  return invocation(command, splitWords(command, commands[command], words));
}

interface Words {
  readonly operands: readonly string[];
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

function commandOf(word: string): CommandName {
  const command = commandNames.find((name) => name === word);
  if (command) return command;
  const hint = /\.ya?ml$/.test(word)
    ? `; did you mean: run ${word}?`
    : didYouMean(word, commandNames);
  throw new UsageError(`unknown command ${word}${hint} (there are: ${commandNames.join(', ')})`);
}

function splitWords(command: CommandName, spec: CommandSpec, words: readonly string[]): Words {
  const operands: string[] = [];
  const flags = new Map<string, string[]>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const label = equals < 0 ? word : word.slice(0, equals);
    const flag = flagOf(command, spec, label);
    let value = equals < 0 ? null : word.slice(equals + 1);
    if (value === null && flag.placeholder !== null) {
      value = valueAfter(flag, words[index + 1]);
      index++;
    }
    flags.set(flag.name, [...(flags.get(flag.name) ?? []), value ?? 'true']);
  }
  checkOperands(command, spec, operands);
  return { operands, flags };
}

function flagOf(command: CommandName, spec: CommandSpec, label: string): FlagSpec {
  const flag = spec.flags.find(({ name }) => label === `--${name}`);
  if (flag) return flag;
  const names = spec.flags.map(({ name }) => name);
  const hint = didYouMean(label.replace(/^-+/, ''), names, '--');
  throw new UsageError(`unknown flag ${label}${hint} (redis-k8s-chaos help ${command} lists them)`);
}

/** The next word, unless it is a flag itself; `-1` is a value, and a wrong one is refused later. */
function valueAfter(flag: FlagSpec, next: string | undefined): string {
  if (next !== undefined && (!next.startsWith('-') || /^-[\d.]/.test(next))) return next;
  throw new UsageError(
    `--${flag.name} needs a value: --${flag.name} ${flag.placeholder}${next === undefined ? '' : `, got the flag ${next}`}`,
  );
}

function checkOperands(command: CommandName, spec: CommandSpec, operands: readonly string[]): void {
  const extra = spec.operands.at(-1)?.repeated ? undefined : operands[spec.operands.length];
  if (extra !== undefined) {
    throw new UsageError(`${command}: ${JSON.stringify(extra)} is one argument too many`);
  }
  for (const [index, { name, optional, choices }] of spec.operands.entries()) {
    const word = operands[index];
    if (word === undefined) {
      if (optional) continue;
      throw new UsageError(`${command} needs ${name}${choices ? `: ${choices.join(', ')}` : ''}`);
    }
    if (choices && !choices.includes(word)) {
      throw new UsageError(
        `${command}: expected one of ${choices.join(', ')}, got ${word}${didYouMean(word, choices)}`,
      );
    }
  }
}

function invocation(command: CommandName, { operands, flags }: Words): Invocation {
  const [first = '', second = ''] = operands;
  const output = { json: switchOf(flags, 'json'), quiet: switchOf(flags, 'quiet') };
  switch (command) {
    case 'run':
    case 'plan':
      return {
        command,
        planPath: operands[0] ?? null,
        flags: planSource(command, flags),
        ...output,
      };
    case 'check':
      return { command, reportDir: first, ...output };
    case 'compare':
      return {
        command,
        base: first,
        head: second,
        thresholdPercent: thresholdOf(flags),
        markdown: switchOf(flags, 'markdown'),
        ...output,
      };
    case 'merge':
      return {
        command,
        reportDirs: operands,
        reportDir: onceOf(flags, 'report-dir', 'merged'),
        ...output,
      };
    case 'clean':
    case 'doctor':
      return { command, ...output };
    case 'manifests':
      return { command, topology: first as TopologyName };
    case 'schema':
      return { command, of: first as 'plan' | 'report' };
    case 'help':
      return { command, about: operands.length > 0 ? (first as CommandName) : null };
  }
}

function planSource(command: 'run' | 'plan', flags: Words['flags']): PlanSource {
  return readPlanOptions(
    commands[command].flags.flatMap(({ name, plan }): PlanOption[] => {
      const texts = flags.get(name);
      return plan && texts ? [{ id: plan, label: `--${name}`, texts }] : [];
    }),
  );
}

function switchOf(flags: Words['flags'], name: string): boolean {
  const [text, again] = flags.get(name) ?? ['false'];
  if (again !== undefined) throw new UsageError(`--${name}: given twice; give it once`);
  if (text === 'true' || text === 'false') return text === 'true';
  throw new UsageError(`--${name} is a switch: expected no value, got ${JSON.stringify(text)}`);
}

function onceOf(flags: Words['flags'], name: string, absent: string): string {
  const [text, again] = flags.get(name) ?? [absent];
  if (again !== undefined) throw new UsageError(`--${name}: given twice; give it once`);
  return text ?? absent;
}

function thresholdOf(flags: Words['flags']): number {
  const [text, again] = flags.get('threshold') ?? ['20'];
  if (again !== undefined) throw new UsageError('--threshold: given twice; give it once');
  const percent = /^\d+(\.\d+)?$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (percent <= 1000) return percent;
  throw new UsageError(
    `--threshold: expected a percentage from 0 to 1000, got ${JSON.stringify(text)}`,
  );
}

function beforeSeparator(words: readonly string[]): readonly string[] {
  const separator = words.indexOf('--');
  return separator < 0 ? words : words.slice(0, separator);
}
