import { topologyNames } from '../model/plan.ts';
import { planField, planFieldIds } from '../plan/fields.ts';
import type { PlanFieldId } from '../plan/plan-values.ts';

export const commandNames = [
  'run',
  'check',
  'compare',
  'merge',
  'plan',
  'clean',
  'doctor',
  'manifests',
  'schema',
  'help',
] as const;

export type CommandName = (typeof commandNames)[number];

/** One flag of the command line. */
export interface FlagSpec {
  /** Without dashes. */
  readonly name: string;
  /** What stands for the value in the help; null for a switch, which takes none. */
  readonly placeholder: string | null;
  readonly description: string;
  readonly defaultText: string | null;
  /** The only words that are right; null for any. */
  readonly choices: readonly string[] | null;
  /** The plan's setting behind it; null for the command line's own. */
  readonly plan: PlanFieldId | null;
}

export interface OperandSpec {
  readonly name: string;
  readonly optional: boolean;
  /** The last one only: any number of them, one at least. */
  readonly repeated?: boolean;
  /** The only words that are right; null for any. */
  readonly choices: readonly string[] | null;
}

export interface CommandSpec {
  readonly summary: string;
  readonly operands: readonly OperandSpec[];
  readonly flags: readonly FlagSpec[];
}

/** The flags that mirror the plan, in the order of the help. */
export const planFlags: readonly FlagSpec[] = planFieldIds.map((id) => {
  const { flag, placeholder, description, defaultText, codec } = planField(id);
  return { name: flag, placeholder, description, defaultText, choices: codec.names, plan: id };
});

const own = (name: string, description: string): FlagSpec => ({
  name,
  placeholder: null,
  description,
  defaultText: null,
  choices: null,
  plan: null,
});
const json = own('json', 'print the result as JSON on standard output');
const quiet = own('quiet', 'print nothing but the result and errors');
const markdown = own('markdown', 'print the result as Markdown, for a comment on a pull request');
const mergedDir: FlagSpec = {
  name: 'report-dir',
  placeholder: 'DIR',
  description: 'folder for the merged report',
  defaultText: 'merged',
  choices: null,
  plan: null,
};
const threshold: FlagSpec = {
  name: 'threshold',
  placeholder: 'PERCENT',
  description: 'how much worse than the base a figure may be',
  defaultText: '20',
  choices: null,
  plan: null,
};

const operand = (name: string, choices: readonly string[] | null = null): OperandSpec => ({
  name,
  optional: false,
  choices,
});
const planFile: OperandSpec = { name: 'PLAN.yaml', optional: true, choices: null };

export const commands: Readonly<Record<CommandName, CommandSpec>> = {
  run: {
    summary: 'set up, load, break, observe, and judge',
    operands: [planFile],
    flags: [...planFlags, json, quiet],
  },
  check: {
    summary: 'judge a stored report again, offline; the same verdict and exit code',
    operands: [operand('REPORT_DIR')],
    flags: [json, quiet],
  },
  compare: {
    summary:
      'hold a report against another, or against a folder of several; exit 1 when it is worse',
    operands: [operand('BASE'), operand('HEAD')],
    flags: [threshold, markdown, json, quiet],
  },
  merge: {
    summary: 'fold the reports of a matrix to one verdict and one set of statistics',
    operands: [{ name: 'REPORT_DIR', optional: false, choices: null, repeated: true }],
    flags: [mergedDir, json, quiet],
  },
  plan: {
    summary: 'print what would be done, with the seed; touches nothing',
    operands: [planFile],
    flags: [...planFlags, json, quiet],
  },
  clean: {
    summary: 'heal and remove what an interrupted run left',
    operands: [],
    flags: [json, quiet],
  },
  doctor: {
    summary: 'say what this machine can run, and how to get what is missing',
    operands: [],
    flags: [json, quiet],
  },
  manifests: {
    summary: 'print the shipped manifests',
    operands: [operand('TOPOLOGY', topologyNames)],
    flags: [],
  },
  schema: {
    summary: 'print the JSON Schema of the plan file or of report.json',
    operands: [operand('plan|report', ['plan', 'report'])],
    flags: [],
  },
  help: {
    summary: 'explain a command',
    operands: [{ name: 'COMMAND', optional: true, choices: commandNames }],
    flags: [],
  },
};
