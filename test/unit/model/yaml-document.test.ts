import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/model/yaml-document.ts';

const value = (yaml: string) => parseYaml(`k: ${yaml}`, 'f.yaml', 'kubernetes')[0]?.value;

describe('the kubernetes dialect reads scalars as kubectl 1.32 does', () => {
  it.each([
    ['y', true],
    ['yes', true],
    ['on', true],
    ['n', false],
    ['off', false],
    ['True', true],
    ['tRUE', 'tRUE'],
    ['0755', 493],
    ['0o755', 493],
    ['0x1f', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['1_0.5', 10.5],
    ['.', '.'],
    ['..', '..'],
    ['+.', '+.'],
    ['e5', 'e5'],
    ['1.5E3', 1500],
    ['-.5e1', -5],
    ['08', 8],
    ['1:30', '1:30'],
    ['22:22:22', '22:22:22'],
    ['2020-01-01', '2020-01-01'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
    ['0.1.2', '0.1.2'],
    ['"yes"', 'yes'],
    ['~', null],
    ['', null],
  ])('%s', (yaml, expected) => {
    expect(value(yaml)).toEqual({ k: expected });
  });

  it('follows anchors and merge keys', () => {
    const text = 'base: &b\n  a: 1\n  c: 2\nuse:\n  <<: *b\n  c: 3\n';
    expect(parseYaml(text, 'f', 'kubernetes')[0]?.value).toMatchObject({ use: { a: 1, c: 3 } });
  });
});

it('the core dialect leaves yes and 0755 alone', () => {
  expect(parseYaml('a: yes\nb: 0755\n', 'f', 'core')[0]?.value).toEqual({ a: 'yes', b: 755 });
});

describe('what does not parse is a UsageError with its position', () => {
  it.each([
    ['a key given twice', 'a: 1\nb: 2\na: 3\n', 'f.yaml:3:1: not valid YAML'],
    ['bad indentation', 'a:\n  b: 1\n c: 2\n', 'f.yaml:3:'],
    ['a tab', 'a:\n\tb: 1\n', 'f.yaml:2:'],
    ['an open quote', 'a: "b\n', 'f.yaml:'],
    ['an alias without anchor', 'a: *nope\n', 'f.yaml:1:4'],
    ['an unknown tag', 'a: !!binary aGk=\n', 'f.yaml:1:4'],
    ['the second document', 'a: 1\n---\nb: [\n', 'f.yaml:4:1'],
  ])('%s', (_, text, message) => {
    expect(() => parseYaml(text, 'f.yaml', 'kubernetes')).toThrow(message);
  });

  it('an alias bomb ends soon', () => {
    const rows = Array.from({ length: 12 }, (_, i) => {
      const row = Array(9).fill(`*a${i}`).join(', ');
      return `a${i + 1}: &a${i + 1} [${row}]`;
    });
    const bomb = `a0: &a0 [x]\n${rows.join('\n')}\n`;
    expect(() => parseYaml(bomb, 'f.yaml', 'kubernetes')).toThrow('f.yaml:1:1: not valid YAML');
  });
});

it('leaves empty documents out', () => {
  expect(parseYaml('---\n---\na: 1\n---\n# nothing\n', 'f', 'kubernetes')).toHaveLength(1);
  expect(parseYaml('', 'f', 'kubernetes')).toEqual([]);
});

describe('positions', () => {
  const text = 'a:\n  b:\n    - c: 1\n      d: two\nx: &m {v: 1}\nz:\n  <<: *m\n';
  const [document] = parseYaml(text, 'f', 'kubernetes');
  const at = (path: (string | number)[]) => {
    const position = document?.positionOf(path);
    return `${position?.line}:${position?.column}`;
  };

  it('a scalar by itself, a map or list by its key', () => {
    expect(at(['a', 'b', 0, 'd'])).toBe('4:10');
    expect(at(['a', 'b'])).toBe('2:3');
    expect(at(['a', 'b', 0])).toBe('3:7');
  });

  it('an absent field by its nearest parent', () => {
    expect(at(['a', 'b', 0, 'nope', 3])).toBe('3:7');
    expect(at(['nope'])).toBe('1:1');
  });

  it('a merged field where it is written', () => {
    expect(at(['z', 'v'])).toBe('5:11');
  });

  it('a key by itself', () => {
    expect(document?.positionOfKey(['a', 'b', 0, 'd'])).toEqual({ file: 'f', line: 4, column: 7 });
  });
});
