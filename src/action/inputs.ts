import * as core from '@actions/core';
import { UsageError } from '../model/errors.ts';
import { closestName } from '../model/suggestion.ts';
import { type PlanOption, type PlanSource, readPlanOptions } from '../plan/plan-source.ts';
import { actionInputs } from './input-table.ts';

/** What the workflow asks for. */
export interface ActionInputs {
  readonly planPath: string | null;
  readonly source: PlanSource;
  readonly failOnInconclusive: boolean;
}

/**
 * Reads every input; one that is blank counts as not given.
 * @throws UsageError naming the input, what was expected and what came; for a name that is not an
 * input but nearly one, because the runner only warns of it and would test something else.
 */
export function readInputs(env: NodeJS.ProcessEnv = process.env): ActionInputs {
  refuseMisspelt(env);
  const given = (name: string) => core.getInput(name) || null;
  const options = actionInputs.flatMap(({ name, plan }): PlanOption[] => {
    const text = given(name);
    return plan !== null && text !== null
      ? [{ id: plan, label: `input ${name}`, texts: [text] }]
      : [];
  });
  if (given('baseline') !== null) {
    throw new UsageError('input baseline: comparing with a baseline is not in this version');
  }
  return {
    planPath: given('plan'),
    source: readPlanOptions(options),
    failOnInconclusive: switchInput('fail-on-inconclusive', given('fail-on-inconclusive'), true),
  };
}

function switchInput(name: string, text: string | null, absent: boolean): boolean {
  if (text === null) return absent;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new UsageError(`input ${name}: expected true or false, got ${JSON.stringify(text)}`);
}

/** The runner gives every `with:` entry as INPUT_NAME, unknown ones too. */
function refuseMisspelt(env: NodeJS.ProcessEnv): void {
  const names = actionInputs.map(({ name }) => name);
  for (const variable of Object.keys(env)) {
    const name = /^INPUT_(.+)$/.exec(variable)?.[1]?.toLowerCase();
    if (name === undefined || names.includes(name) || env[variable] === '') continue;
    const meant = closestName(name, names);
    if (meant !== null) {
      throw new UsageError(`unknown input ${name}; did you mean ${meant}?`);
    }
  }
}
