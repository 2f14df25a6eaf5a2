/**
 * `node scripts/results/tutorials.ts [--provider embedded|kind]… [--seed N]`: the tutorials' manifests as
 * people have them (test/fixtures/tutorials), each with its own app or ours, held and natural.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openWorkspace } from '../../test/support/run-tool.ts';
import { addRow, type ResultPage } from './page.ts';
import { reportCells, reportColumns, reportOf, startRun } from './tool-run.ts';

const { values } = parseArgs({
  options: {
    provider: { type: 'string', multiple: true, default: ['embedded', 'kind'] },
    only: { type: 'string', multiple: true, default: ['plain', 'plain-without-app', 'announced'] },
    hold: { type: 'string', multiple: true, default: ['auto', 'none'] },
    seed: { type: 'string', default: '1' },
  },
});
const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'tutorials');
const oldImage = ['--image', 'redis:5.0.1-alpine=redis:7.0'];
const setups: Readonly<Record<string, readonly string[]>> = {
  plain: ['--manifests', join(folder, 'plain'), ...oldImage],
  'plain-without-app': ['--manifests', join(folder, 'plain', 'redis-cluster.yaml'), ...oldImage],
  announced: ['--manifests', join(folder, 'announced')],
};
const page: ResultPage = {
  name: 'tutorials',
  title: "The tutorials' manifests",
  about:
    "`plain`: a start script, no probes, an image of 2018 mapped to `redis:7.0`, the user's own app (then the accounting is by bounds). `announced`: `--cluster-announce-ip`, formed by the last pod's postStart hook through DNS. Node timeout 5 s (theirs is 15 s in `plain`). Hold `auto` keeps the master down until its replica is promoted, `none` is a plain delete.",
  command: 'node scripts/results/tutorials.ts',
  columns: ['manifests', 'provider', 'hold', ...reportColumns],
};

for (const provider of values.provider) {
  for (const hold of values.hold) {
    for (const only of values.only) {
      using workspace = openWorkspace();
      const where = ['--provider', provider, '--hold', hold, '--seed', values.seed];
      const { exitCode, stderr } = await startRun(workspace, [...where, ...(setups[only] ?? [])])
        .ended;
      const report = reportOf(workspace);
      addRow(page, values.seed, [only, provider, hold, ...reportCells(report, exitCode)]);
      if (report === null) console.error(stderr);
      if (exitCode !== 0) process.exitCode = 1;
    }
  }
}
