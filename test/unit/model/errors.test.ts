import { expect, test } from 'vitest';
import { DeadlineError, InfrastructureError } from '../../../src/model/errors.ts';

/**
 * Goal: a deadline that passed can be told from other infrastructure trouble: the run makes a finding
 * of it (never ready, not formed, not promoted: exit 1), and exit 3 of the rest.
 */
test('a DeadlineError says so by name and is an InfrastructureError', () => {
  const error = new DeadlineError('6 pods to be ready', 90_000, '5 of 6 ready');
  expect(error.name).toBe('DeadlineError');
  expect(error).toBeInstanceOf(InfrastructureError);
  expect(error.message).toBe('waited 90000 ms for 6 pods to be ready; last seen: 5 of 6 ready');
  expect(new InfrastructureError('no disk').name).toBe('InfrastructureError');
});
