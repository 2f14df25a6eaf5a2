import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { addToSummary, publishSummary } from '../../../src/action/summary.ts';
import { openRunner } from './runner.ts';

// core.summary keeps the first path it sees, so all of this is one runner's
test('the report’s summary goes under the job; a missing one is nothing', async () => {
  using runner = openRunner();
  const file = join(runner.dir, 'summary.md');
  await publishSummary(file);
  expect(runner.summary()).toBe('');
  writeFileSync(file, '## PASS\n');
  await publishSummary(file);
  expect(runner.summary()).toBe('## PASS\n\n');
  vi.stubEnv('GITHUB_STEP_SUMMARY', '');
  await addToSummary('not shown');
  expect(runner.summary()).not.toContain('not shown');
});
