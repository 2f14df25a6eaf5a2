import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Goal: the exit code arrives and nothing after `exitProcess` runs, in the middle of hot code and with
 * work still pending. Node's own deadlock on exit, which it is there for, cannot be forced from outside.
 */
test('ends at once with its code, whatever is still going on', () => {
  const exit = join(import.meta.dirname, '..', '..', '..', 'src', 'platform', 'exit.ts');
  const program = `
    import { exitProcess } from ${JSON.stringify(exit)};
    setInterval(() => {}, 1000);
    process.on('exit', () => console.log('exit handlers run'));
    const sum = (n) => { let s = 0; for (let i = 0; i < n; i++) s += String(i).length; return s; };
    for (let i = 0; i < 2000; i++) sum(100);
    exitProcess(3);
    console.log('never');
  `;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  expect(result.stderr).toBe('');
  expect(result.status).toBe(3);
  expect(result.stdout).toBe('exit handlers run\n');
});
