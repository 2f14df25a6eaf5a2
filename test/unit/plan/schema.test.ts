import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planFieldIds } from '../../../src/plan/fields.ts';
import { formatPlan } from '../../../src/plan/format.ts';
import { emptySource } from '../../../src/plan/plan-source.ts';
import { resolvePlan } from '../../../src/plan/resolve.ts';
import { planSchema } from '../../../src/plan/schema.ts';

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(planSchema);

describe('planSchema', () => {
  it('accepts what formatPlan writes, an empty plan and empty sections', () => {
    const plan = resolvePlan(null, emptySource, { seed: 1, provider: 'auto', built: {} });
    expect(validate(parse(formatPlan(plan)))).toBe(true);
    expect(validate({})).toBe(true);
    expect(validate({ setup: null, faults: { name: null } })).toBe(true);
  });

  it.each([
    [{ nope: 1 }],
    [{ workload: { rate: 0 } }],
    [{ workload: { rat: 1 } }],
    [{ faults: { name: 'x' } }],
    [{ faults: { failovers: 0 } }],
    [{ setup: { nodeTimeout: 5 } }],
    [{ setup: { images: ['redis'] } }],
  ])('refuses %j', (plan) => {
    expect(validate(plan)).toBe(false);
  });

  it('describes every setting', () => {
    const described = JSON.stringify(planSchema).match(/Flag: --/g);
    expect(described).toHaveLength(planFieldIds.length);
  });
});
