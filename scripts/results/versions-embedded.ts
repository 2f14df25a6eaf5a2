/**
 * `node scripts/results/versions-embedded.ts [--image NAME | --server PATH]… [--hold auto|none]… [--seed N]`:
 * the default job on embedded with other servers than the installed one: taken out of local Docker
 * images (nothing is pulled), or any program by its path; held and natural.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openWorkspace } from '../../test/support/run-tool.ts';
import { programsFrom } from './docker-programs.ts';
import { addRow, type ResultPage } from './page.ts';
import { reportCells, reportColumns, reportOf, startRun } from './tool-run.ts';

const { values } = parseArgs({
  options: {
    image: { type: 'string', multiple: true, default: [] },
    server: { type: 'string', multiple: true, default: [] },
    hold: { type: 'string', multiple: true, default: ['auto', 'none'] },
    seed: { type: 'string', default: '1' },
  },
});
const asked = values.image.length + values.server.length > 0;
const images = asked ? values.image : ['redis:6.0', 'redis:7.0', 'redis:8.0', 'valkey/valkey:8.1'];
const shipped = 'redis:8.0';
const page: ResultPage = {
  name: 'versions-embedded',
  title: 'Server versions on embedded',
  about:
    'The shipped `cluster` topology, node timeout 5 s, the master of `hits` deleted: held down until its replica is promoted (`auto`), or plainly (`none`); 200 requests a second. The servers are programs by path (`--image redis:8.0=PATH`), taken out of local images with their libraries.',
  command: 'node scripts/results/versions-embedded.ts',
  columns: ['program', 'hold', ...reportColumns],
};

const folder = mkdtempSync(join(tmpdir(), 'rkc-servers-'));
try {
  const servers = [
    ...images.map(
      (image, index) => [image, programsFrom(image, join(folder, `${index}`))] as const,
    ),
    ...values.server.map((path) => [path, path] as const),
  ];
  for (const [name, path] of servers) {
    for (const hold of values.hold) {
      using workspace = openWorkspace();
      const flags = ['--provider', 'embedded', '--hold', hold, '--seed', values.seed];
      const run = startRun(workspace, [...flags, '--image', `${shipped}=${path}`]);
      const { exitCode, stderr } = await run.ended;
      const report = reportOf(workspace);
      addRow(page, values.seed, [name, hold, ...reportCells(report, exitCode)]);
      if (report === null) console.error(stderr);
      if (exitCode !== 0) process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
