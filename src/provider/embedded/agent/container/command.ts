import { spawn } from 'node:child_process';
import { InfrastructureError } from '../../../../model/errors.ts';

/**
 * Runs one of the node's own short commands (ip, nft, mount…) to its end.
 * @throws InfrastructureError with the command and its stderr when it fails or takes over 10 s
 */
export function runCommand(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 10_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.on('error', () => {}); // it ended without reading: its exit code says why
    child.stdin.end(input);
    child.on('error', (cause) =>
      reject(new InfrastructureError(`cannot run ${file}: ${cause.message}`, { cause })),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const shown = [file, ...args].join(' ').slice(0, 300);
      reject(
        new InfrastructureError(
          `${shown} ended with ${code ?? signal}: ${(stderr || stdout).trim().slice(-600) || '(nothing)'}${input === '' ? '' : `; input: ${input.slice(0, 400)}`}`,
        ),
      );
    });
  });
}
