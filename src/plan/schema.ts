import type { JsonSchema } from './codec.ts';
import { planField, planFieldIds } from './fields.ts';

const sectionTexts: Readonly<Record<string, string>> = {
  provider: 'Where it runs.',
  setup: 'What is tested.',
  faults: 'What is done to it.',
  workload: 'The load, and the app it goes through.',
  assert: 'What must hold.',
};

/** JSON Schema (draft 7, which editors know) of the plan file. */
export const planSchema: JsonSchema = buildPlanSchema();

function buildPlanSchema(): JsonSchema {
  const root: Record<string, JsonSchema> = {};
  const sections: Record<string, Record<string, JsonSchema>> = {};
  for (const id of planFieldIds) {
    const field = planField(id);
    const [section = '', key] = field.path.split('.');
    const schema = {
      description: describe(field.description, field.defaultText, field.flag),
      anyOf: [field.codec.schema, { type: 'null' }],
    };
    if (key === undefined) {
      root[section] = schema;
    } else {
      sections[section] ??= {};
      sections[section][key] = schema;
    }
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'redis-k8s-chaos plan',
    description: 'Everything is optional; flags override it.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(
        Object.entries(sections).map(([section, properties]) => [
          section,
          {
            description: sectionTexts[section] ?? section,
            type: ['object', 'null'],
            additionalProperties: false,
            properties,
          },
        ]),
      ),
      ...root,
    },
  };
}

function describe(text: string, defaultText: string | null, flag: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return `${start}. ${defaultText === null ? '' : `Default: ${defaultText}. `}Flag: --${flag}.`;
}
