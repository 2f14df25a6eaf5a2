import { describe, expect, test } from 'vitest';
import { numberOn } from '../../../src/workload/http-answer.ts';
import { countingNumber } from '../../../src/workload/page-number.ts';

describe('the number of a page that counts its hits', () => {
  const hit = (page: (n: number) => string, from = 41) => [0, 1, 2, 3].map((at) => page(from + at));
  const foundIn = (bodies: readonly string[]) => {
    const result = countingNumber(bodies);
    if (result.found !== 'one') throw new Error(JSON.stringify(result));
    return bodies.map((body) => numberOn(body, new RegExp(result.pattern)));
  };

  test.each<readonly [string, (n: number) => string]>([
    ['alone', (n) => `${n}\n`],
    ['in a sentence', (n) => `Number of visits is ${n}`],
    ['in a sentence that begins with it', (n) => `${n} people were here before you, on 3 servers`],
    [
      'in JSON beside a port and a clock that stands',
      (n) => `{"port":8080,"visits":${n},"t":1700}`,
    ],
    ['beside a number that falls', (n) => `left: ${1000 - n}\nvisits: ${n}\n`],
    ['shown twice', (n) => `<b>${n}</b> hits; you are visitor ${n}`],
    ['beside a clock that does not stand', (n) => `at ${n * 1717} ms: hit no. ${n} (v1.2.3)`],
    [
      'beside the name of a changing pod',
      (n) => `web-${n % 2 ? '7x' : '2c4'} says: seen ${n} times`,
    ],
  ])('%s', (_, page) => {
    expect(foundIn(hit(page))).toEqual([41, 42, 43, 44]);
  });

  test('over a change of length and a thousands separator', () => {
    expect(foundIn(hit((n) => `seen ${n} times`, 98))).toEqual([98, 99, 100, 101]);
    expect(foundIn(hit((n) => `seen ${n.toLocaleString('en')} times`, 998))).toEqual([
      998, 999, 1000, 1001,
    ]);
  });

  test('one that somebody else counts too still grows', () => {
    expect(foundIn(['seen 4', 'seen 7', 'seen 8', 'seen 10'])).toEqual([4, 7, 8, 10]);
  });

  test('none where nothing grows with every hit, several where two do', () => {
    expect(countingNumber(['seen 4', 'seen 4', 'seen 4'])).toEqual({ found: 'none' });
    expect(countingNumber(['seen 4', 'seen 5', 'seen 3'])).toEqual({ found: 'none' });
    expect(countingNumber(['seen 4', 'an error'])).toEqual({ found: 'none' });
    expect(countingNumber(['hello', 'hello'])).toEqual({ found: 'none' });
    expect(countingNumber([])).toEqual({ found: 'none' });
    const two = countingNumber(hit((n) => `hits: ${n}\nrequests: ${n + 7}\n`));
    expect(two).toMatchObject({ found: 'several' });
    expect(two.found === 'several' && two.patterns).toHaveLength(2);
  });
});
