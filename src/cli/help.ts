import {
  type CommandName,
  type CommandSpec,
  commandNames,
  commands,
  type FlagSpec,
} from './commands.ts';

const width = 100;

/** What `help`, `--help` and `COMMAND --help` print; null: of the whole program. */
export function helpText(command: CommandName | null): string {
  return command === null ? programHelp() : commandHelp(command, commands[command]);
}

function programHelp(): string {
  const rows = commandNames.map((name): [string, string] => [
    usage(name, commands[name]),
    commands[name].summary,
  ]);
  return [
    'redis-k8s-chaos: does my Redis on Kubernetes survive losing its master, and does anybody',
    'lose a write?',
    '',
    'Usage: redis-k8s-chaos COMMAND [FLAGS]',
    '',
    ...table(rows),
    '',
    'Flags of a command: redis-k8s-chaos help COMMAND. Version: --version.',
    '',
    'Exit codes: 0 pass, 1 fail, 2 inconclusive, 3 infrastructure error, 64 usage or plan error,',
    '130 interrupted (after healing).',
    '',
  ].join('\n');
}

function commandHelp(name: CommandName, spec: CommandSpec): string {
  const flags = spec.flags.length > 0 ? ' [FLAGS]' : '';
  const choices = spec.operands.flatMap(({ name: operand, choices: words }) =>
    words ? [`${operand}: ${words.join(', ')}`] : [],
  );
  return [
    `Usage: redis-k8s-chaos ${usage(name, spec)}${flags}`,
    '',
    ...wrap(`${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`, width),
    ...choices.flatMap((line) => wrap(line, width)),
    ...(spec.flags.length > 0 ? ['', ...table(spec.flags.map(flagRow))] : []),
    ...(name === 'run' || name === 'plan' ? ['', 'Flags override the plan file.'] : []),
    '',
  ].join('\n');
}

function usage(name: string, spec: CommandSpec): string {
  const operands = spec.operands.map(({ name: operand, optional, repeated }) =>
    optional ? `[${operand}]` : repeated ? `${operand}…` : operand,
  );
  return [name, ...operands].join(' ');
}

function flagRow(flag: FlagSpec): [string, string] {
  const value = flag.placeholder === null ? '' : ` ${flag.placeholder}`;
  const defaultText =
    flag.defaultText === null || flag.placeholder === null ? '' : ` (default: ${flag.defaultText})`;
  const choices = flag.choices ? `: ${flag.choices.join(', ')}` : '';
  return [`--${flag.name}${value}`, `${flag.description}${choices}${defaultText}`];
}

function table(rows: readonly [string, string][]): string[] {
  const left = Math.max(...rows.map(([term]) => term.length)) + 4;
  return rows.flatMap(([term, text]) =>
    wrap(text, width - left).map(
      (line, index) => `${(index === 0 ? `  ${term}` : '').padEnd(left)}${line}`,
    ),
  );
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
