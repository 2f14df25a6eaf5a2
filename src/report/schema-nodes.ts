/** A JSON Schema node (2020-12), as far as we use it. */
export type SchemaNode = Readonly<Record<string, unknown>>;

export const text = (description: string): SchemaNode => ({ type: 'string', description });

export const oneOf = (values: readonly string[], description: string): SchemaNode => ({
  type: 'string',
  enum: values,
  description,
});

export const flag = (description: string): SchemaNode => ({ type: 'boolean', description });

export const count = (description: string): SchemaNode => ({
  type: 'integer',
  minimum: 0,
  description,
});

export const number = (description: string): SchemaNode => ({ type: 'number', description });

export const list = (items: SchemaNode, description: string): SchemaNode => ({
  type: 'array',
  items,
  description,
});

/** The same, or null: what did not happen or is not known is never 0 and never left out. */
export const orNull = (node: SchemaNode): SchemaNode => {
  const { description, ...rest } = node;
  return { anyOf: [rest, { type: 'null' }], description };
};

/** Every property is required but those named; further ones may be added later. */
export const object = (
  description: string,
  properties: Readonly<Record<string, SchemaNode>>,
  optional: readonly string[] = [],
): SchemaNode => ({
  type: 'object',
  description,
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
