import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { commandNames, commands, planFlags } from '../../../src/cli/commands.ts';
import { helpText } from '../../../src/cli/help.ts';
import { UsageError } from '../../../src/model/errors.ts';

const parse = (line: string) => parseArguments(line === '' ? [] : line.split(' '));

describe('parseArguments', () => {
  it('reads run with a plan, flags in both forms, switches', () => {
    expect(parse('run plan.yaml --rate 50 --hold=none --assert-only --json')).toMatchObject({
      command: 'run',
      planPath: 'plan.yaml',
      flags: { values: { rate: 50, hold: 'none', assertOnly: true } },
      json: true,
      quiet: false,
    });
  });

  it('takes leading flags for those of run (npm start -- ARGS)', () => {
    expect(parse('--failovers 3')).toMatchObject({
      command: 'run',
      planPath: null,
      flags: { values: { failovers: 3 } },
    });
  });

  it('adds up what may be repeated', () => {
    const invocation = parse('run --image redis=a:1 --image node=b:2');
    expect(invocation).toMatchObject({
      flags: {
        values: {
          images: [
            { from: 'redis', to: 'a:1' },
            { from: 'node', to: 'b:2' },
          ],
        },
      },
    });
  });

  it.each([
    ['', { command: 'help', about: null }],
    ['--help', { command: 'help', about: null }],
    ['help run', { command: 'help', about: 'run' }],
    ['check --help', { command: 'help', about: 'check' }],
    ['--rate 3 --help', { command: 'help', about: 'run' }],
    ['--version', { command: 'version' }],
    ['check report --json', { command: 'check', reportDir: 'report', json: true, quiet: false }],
    ['check -- -odd-name', { command: 'check', reportDir: '-odd-name' }],
    [
      'compare a b --threshold 5',
      { command: 'compare', base: 'a', head: 'b', thresholdPercent: 5 },
    ],
    ['compare a b', { thresholdPercent: 20 }],
    ['clean', { command: 'clean', json: false, quiet: false }],
    ['doctor --json', { command: 'doctor', json: true }],
    ['manifests cluster', { command: 'manifests', topology: 'cluster' }],
    ['schema report', { command: 'schema', of: 'report' }],
    ['plan --seed=7', { command: 'plan', flags: { values: { seed: 7 } } }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it.each([
    ['rnu', 'unknown command rnu; did you mean run?'],
    ['plan.yaml', 'did you mean: run plan.yaml?'],
    ['run --rte 5', 'unknown flag --rte; did you mean --rate?'],
    ['run -rate 5', 'unknown flag -rate; did you mean --rate?'],
    ['check r --rate 5', 'unknown flag --rate'],
    ['run --rate', '--rate needs a value: --rate N'],
    ['run --rate --json', '--rate needs a value: --rate N, got the flag --json'],
    ['run --failovers -1', '--failovers: expected a whole number from 1 to 1000, got "-1"'],
    ['run --rate 0', '--rate: expected a number above 0'],
    ['run --rate=', '--rate: expected a number above 0'],
    ['run --seed 1 --seed 2', '--seed: given twice'],
    ['run --json --json', '--json: given twice'],
    ['run --json=5', '--json is a switch'],
    ['run --assert-only=5', '--assert-only: expected true or false'],
    ['run a.yaml b.yaml', 'run: "b.yaml" is one argument too many'],
    ['check', 'check needs REPORT_DIR'],
    ['compare a', 'compare needs HEAD'],
    ['compare a b --threshold much', '--threshold: expected a percentage'],
    ['manifests', 'manifests needs TOPOLOGY: cluster, cluster-auth'],
    ['manifests clustr', 'did you mean cluster?'],
    ['schema pan', 'did you mean plan?'],
    ['help rnu', 'did you mean run?'],
    [
      'run --provider knid',
      '--provider: expected one of auto, embedded, kind, kubeconfig, got "knid"; did you mean kind?',
    ],
    ['run --fault nop', 'did you mean noop?'],
  ])('refuses %s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  it('does not repeat what may be a password', () => {
    expect(() => parse('run --auth hunter2')).toThrow(/^--auth: (?!.*hunter2)/);
  });
});

describe('helpText', () => {
  it('names every command', () => {
    for (const name of commandNames) expect(helpText(null)).toContain(`  ${name}`);
  });

  it('names every flag of each command, and fits 100 columns', () => {
    for (const name of commandNames) {
      const lines = helpText(name).split('\n');
      for (const flag of commands[name].flags) {
        expect(lines.filter((line) => line.startsWith(`  --${flag.name}`))).not.toEqual([]);
      }
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
    }
  });

  it('has the flags that the contract names', () => {
    const names = planFlags.map(({ name }) => name);
    const contract =
      'provider topology manifests chart values image fault hold grace failovers node-timeout rate outage-budget loss form auth seed report-dir keep node-image kubeconfig context namespace allow-context assert-only';
    expect(names).toEqual(expect.arrayContaining(contract.split(' ')));
  });
});
