import { expect, it } from 'vitest';
import { closestName, didYouMean } from '../../../src/model/suggestion.ts';

it.each([
  ['rte', 'rate'],
  ['repilcas', 'replicas'],
  ['Replicas', 'replicas'],
  ['ru', 'run'],
])('%s means %s', (word, expected) => {
  expect(closestName(word, ['rate', 'replicas', 'run'])).toBe(expected);
});

it('suggests nothing for a word that is far from all', () => {
  expect(closestName('zebra', ['rate', 'replicas', 'run'])).toBeNull();
  expect(didYouMean('zebra', ['rate'])).toBe('');
});

it('takes the nearest', () => {
  expect(didYouMean('node-timout', ['node-image', 'node-timeout'], '--')).toBe(
    '; did you mean --node-timeout?',
  );
});
