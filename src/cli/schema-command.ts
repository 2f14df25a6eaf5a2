import { planSchema } from '../plan/schema.ts';
import { reportSchema } from '../report/schema.ts';

/** `schema plan|report`: the JSON Schema (2020-12). */
export function schemaText(of: 'plan' | 'report'): string {
  return `${JSON.stringify(of === 'plan' ? planSchema : reportSchema, null, 2)}\n`;
}
