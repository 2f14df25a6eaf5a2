import { stringify } from 'yaml';
import type { Plan } from '../model/plan.ts';
import { planField, planFieldIds } from './fields.ts';

/**
 * The plan as the text of a plan file that asks for exactly this plan, the seed included; settings
 * that are not set are left out.
 */
export function formatPlan(plan: Plan): string {
  const root: Record<string, unknown> = {};
  for (const id of planFieldIds) {
    const field = planField(id);
    const value = field.of(plan);
    if (value === null || (Array.isArray(value) && value.length === 0)) continue;
    const yaml = field.codec.toYaml(value);
    const [section = '', key] = field.path.split('.');
    if (key === undefined) {
      root[section] = yaml;
    } else {
      const inner = (root[section] ?? {}) as Record<string, unknown>;
      inner[key] = yaml;
      root[section] = inner;
    }
  }
  return stringify(root, { lineWidth: 0 });
}
