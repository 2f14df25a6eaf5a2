import * as core from '@actions/core';
import { UsageError } from '../model/errors.ts';
import { parseBoolean } from '../plan/boolean.ts';
import { type PlanOption, type PlanSource, readPlanOptions } from '../plan/plan-source.ts';
import { actionInputs } from './input-table.ts';

/** What the workflow asks for. */
export interface ActionInputs {
  readonly planPath: string | null;
  /** A report folder, or a folder of several, to hold this run against. */
  readonly baseline: string | null;
  readonly source: PlanSource;
  readonly failOnInconclusive: boolean;
}

/**
 * Reads every input; one that is blank counts as not given.
 * Only what action.yml declares is read: a job's environment may hold any INPUT_NAME (a composite action's
 * own inputs under act, another action's), and of an input that is not declared the runner warns itself.
 * @throws UsageError naming the input, what was expected and what came
 */
export function readInputs(): ActionInputs {
  const given = (name: string) => core.getInput(name) || null;
  const options = actionInputs.flatMap(({ name, plan }): PlanOption[] => {
    const text = given(name);
    return plan !== null && text !== null
      ? [{ id: plan, label: `input ${name}`, texts: [text] }]
      : [];
  });
  return {
    planPath: given('plan'),
    baseline: given('baseline'),
    source: readPlanOptions(options),
    failOnInconclusive: switchInput('fail-on-inconclusive', given('fail-on-inconclusive'), true),
  };
}

function switchInput(name: string, text: string | null, absent: boolean): boolean {
  if (text === null) return absent;
  const value = parseBoolean(text);
  if (value !== undefined) return value;
  throw new UsageError(`input ${name}: expected true or false, got ${JSON.stringify(text)}`);
}
