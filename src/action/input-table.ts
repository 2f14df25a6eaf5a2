import { inputName, planField, planFieldIds } from '../plan/fields.ts';
import type { PlanFieldId } from '../plan/plan-values.ts';

/** One input of the Action; action.yml and its documentation are generated from these. */
export interface ActionInput {
  readonly name: string;
  readonly description: string;
  /** The default as people read it; null when there is none to tell. */
  readonly defaultText: string | null;
  /**
   * What action.yml declares. Only for the Action's own inputs: a declared default of a plan's
   * setting would look as if the workflow had given it, and win over the plan file.
   */
  readonly declaredDefault: string | null;
  /** The plan's setting behind it; null for the Action's own. */
  readonly plan: PlanFieldId | null;
}

/** Contract.md: the CLI's default provider is embedded where it can run, the Action's is kind. */
export const defaultProvider = 'kind';

const own = (
  name: string,
  description: string,
  declaredDefault: string | null = null,
): ActionInput => ({
  name,
  description,
  defaultText: declaredDefault,
  declaredDefault,
  plan: null,
});

const planInputs: readonly ActionInput[] = planFieldIds.map((id) => {
  const { description, defaultText, codec } = planField(id);
  const choices = codec.names ? `: ${codec.names.join(', ')}` : '';
  return {
    name: inputName(id),
    description: `${description.replace(' (repeatable)', ', one a line')}${choices}`,
    defaultText: id === 'provider' ? defaultProvider : (defaultText?.replace('--', '') ?? null),
    declaredDefault: null,
    plan: id,
  };
});

/** Every input, in the order of action.yml. */
export const actionInputs: readonly ActionInput[] = [
  own('plan', 'plan file; the inputs below override it'),
  ...planInputs,
  own(
    'baseline',
    'report folder, or a folder of several, to hold this run against; worse fails the step',
  ),
  own('fail-on-inconclusive', 'fail the step when there was not enough evidence', 'true'),
];
