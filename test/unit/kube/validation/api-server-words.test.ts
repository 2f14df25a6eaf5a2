import { describe, expect, it } from 'vitest';
import apiEnums from '../../../../src/kube/api-enums.json' with { type: 'json' };
import apiFields from '../../../../src/kube/api-fields.json' with { type: 'json' };
import { validateObject } from '../../../../src/kube/validate.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { invalidCases, validCases } from '../../../support/object-cases.ts';

/**
 * Goal: we refuse what an API server refuses, by the field that it names, and nothing else.
 * Method: the objects of test/fixtures/objects; test/e2e/kind-provider.test.ts asks a real API server
 * about the same ones.
 */
const refusal = (object: Parameters<typeof validateObject>[0]): unknown => {
  try {
    validateObject(object);
    return null;
  } catch (error) {
    return error;
  }
};

describe('an API server refuses, and so do we,', () => {
  const cases = invalidCases();

  it('in enough ways', () => {
    expect(cases.length).toBeGreaterThan(200);
    expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
  });

  it.each(cases)('$title', ({ object, field }) => {
    const error = refusal(object());
    expect(error).toBeInstanceOf(UsageError);
    const { message } = error as UsageError;
    expect(message).toMatch(/^case\.yaml:\d+:\d+: /);
    expect(message).toContain(`: ${field}`);
  });
});

describe('an API server takes, and so do we,', () => {
  const cases = validCases();

  it('in enough ways', () => {
    expect(cases.length).toBeGreaterThan(120);
  });

  it.each(cases)('$title', ({ object }) => {
    expect(refusal(object())).toBeNull();
  });
});

it('api-enums.json has values of types and fields that api-fields.json has', () => {
  const types: Readonly<Record<string, string>> = apiFields.types;
  const unknown = Object.keys(apiEnums).filter((name) => {
    const [type = '', field = ''] = name.split('.');
    return !` ${types[type] ?? ''}`.match(` ${field}!?:`);
  });
  expect(Object.keys(apiEnums).length).toBeGreaterThan(40);
  expect(unknown).toEqual([]);
});
