import fc from 'fast-check';

/** A text damaged at a few places: cut, doubled, swapped, or with something strange put in. */
export function damaged(samples: readonly string[]): fc.Arbitrary<string> {
  const strange = fc.constantFrom(
    '\0',
    '\r',
    '\n',
    '\t',
    ' ',
    ':',
    '@',
    ',',
    '-',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '&a',
    '*a',
    '!!x',
    '|',
    '>',
    '#',
    '---\n',
    '\ufeff',
    '\ud800',
    '99999999999999999999',
    '-1',
    '1e9',
    'null',
    '~',
    'é',
  );
  const edit = fc.record({
    kind: fc.constantFrom('cut', 'double', 'insert', 'replace', 'line'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(12),
    text: fc.oneof(strange, fc.string({ maxLength: 6 })),
  });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([sample, edits]) =>
      edits.reduce((text, { kind, at, length, text: put }) => {
        const place = Math.floor(at * text.length);
        const head = text.slice(0, place);
        const part = text.slice(place, place + length);
        const tail = text.slice(place + length);
        if (kind === 'cut') return head + tail;
        if (kind === 'double') return head + part + part + tail;
        if (kind === 'insert') return head + put + part + tail;
        if (kind === 'replace') return head + put + tail;
        const lines = text.split('\n');
        const [line = ''] = lines.splice(Math.floor(at * lines.length), 1);
        return [...lines, line].join('\n');
      }, sample),
    );
}

/** Runs a parser; anything it throws must be one of these errors, with something said. */
export function parsesOrSays(
  parse: () => unknown,
  errors: readonly (new (...args: never[]) => Error)[],
): void {
  try {
    parse();
  } catch (error) {
    const known = errors.some((type) => error instanceof type);
    if (!known || (error as Error).message.length < 10) throw error;
  }
}
