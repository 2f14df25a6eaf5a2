import { faultFields } from './fault-fields.ts';
import type { PlanField, PlanFieldId, PlanFieldsOf } from './plan-values.ts';
import { providerFields } from './provider-fields.ts';
import { setupFields } from './setup-fields.ts';

/** The one table behind the plan file, its schema, the flags, the help and the Action's inputs. */
export const planFields: PlanFieldsOf<PlanFieldId> = {
  ...providerFields,
  ...setupFields,
  ...faultFields,
};

export const planFieldIds = Object.keys(planFields) as readonly PlanFieldId[];

/** The field without its value's type, for code that treats all alike. */
export function planField(id: PlanFieldId): PlanField<unknown> {
  return planFields[id] as PlanField<unknown>;
}

/** The Action's input for a field. */
export function inputName(id: PlanFieldId): string {
  return planFields[id].input ?? planFields[id].flag;
}
