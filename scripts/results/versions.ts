/**
 * `node scripts/results/versions.ts [--image NAME]… [--nodes N]… [--seed N]`: the default job on kind
 * (the shipped cluster, one held master delete) on every server version, on one node and on three.
 */
import { parseArgs } from 'node:util';
import { openWorkspace } from '../../test/support/run-tool.ts';
import { addRow, type ResultPage } from './page.ts';
import { reportCells, reportColumns, reportOf, startRun } from './tool-run.ts';

const { values } = parseArgs({
  options: {
    image: {
      type: 'string',
      multiple: true,
      default: ['redis:8.0', 'redis:7.0', 'redis:6.0', 'valkey/valkey:8.1'],
    },
    nodes: { type: 'string', multiple: true, default: ['1', '3'] },
    seed: { type: 'string', default: '1' },
  },
});
const shipped = 'redis:8.0';
const page: ResultPage = {
  name: 'versions',
  title: 'Server versions on kind',
  about:
    'The shipped `cluster` topology, node timeout 5 s, the master of `hits` deleted and held down until its replica is promoted, 200 requests a second. The rows of `valkey/valkey:8.1` whose servers are 8.0.2 ran Redis: the image has both programs, and the manifest named `redis-server`.',
  command: 'node scripts/results/versions.ts',
  columns: ['image', 'nodes', ...reportColumns],
};

for (const nodes of values.nodes) {
  for (const image of values.image) {
    using workspace = openWorkspace();
    const mapped = image === shipped ? [] : ['--image', `${shipped}=${image}`];
    const where = ['--provider', 'kind', '--nodes', nodes, '--seed', values.seed];
    const { exitCode, stderr } = await startRun(workspace, [...where, ...mapped]).ended;
    const report = reportOf(workspace);
    addRow(page, values.seed, [image, nodes, ...reportCells(report, exitCode)]);
    if (report === null) console.error(stderr);
    if (exitCode !== 0) process.exitCode = 1;
  }
}
