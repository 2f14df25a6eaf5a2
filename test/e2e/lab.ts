import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoKindCluster } from '../../src/provider/kind/cluster.ts';
import { type KindOptions, openKind } from '../../src/provider/kind/kind.ts';
import type { ApiProvider } from '../../src/provider/kubeconfig/api-provider.ts';
import type { Undo, UndoLog } from '../../src/provider/provider.ts';

/** What the tests on a real cluster need, or why they cannot run here. */
export type Lab =
  | { readonly missing: null; readonly nodeImage: string }
  | { readonly missing: string; readonly nodeImage: '' };

/** Looks once: Docker, kind, and a node image that is already there. */
export function findLab(): Lab {
  const nodeImage = process.env.KIND_NODE_IMAGE;
  if (!nodeImage) return { missing: 'KIND_NODE_IMAGE is not set', nodeImage: '' };
  const needed = [
    ['docker', 'info'],
    ['kind', 'version'],
    ['docker', 'image', 'inspect', nodeImage],
  ] as const;
  for (const [program, ...args] of needed) {
    if (spawnSync(program, args, { stdio: 'ignore', timeout: 10_000 }).status === 0) continue;
    return { missing: `\`${[program, ...args].join(' ')}\` fails`, nodeImage: '' };
  }
  return { missing: null, nodeImage };
}

/** A journal in memory: what is still to be undone. */
export interface MemoryJournal extends UndoLog {
  readonly pending: ReadonlyMap<string, Undo>;
}

export function memoryJournal(): MemoryJournal {
  const pending = new Map<string, Undo>();
  let next = 0;
  return {
    pending,
    async record(undo) {
      next += 1;
      pending.set(String(next), undo);
      return String(next);
    },
    async done(id) {
      pending.delete(id);
    },
  };
}

export interface LabCluster {
  readonly provider: ApiProvider;
  readonly journal: MemoryJournal;
  readonly kubeconfig: string;
  readonly context: string;
  /** Deletes the cluster and everything around it, also after a failure. */
  close(): Promise<void>;
}

/** A cluster for one test file, whose name starts with `rkc-e2e-`. */
export async function openLabCluster(
  lab: Lab,
  over: Partial<KindOptions> = {},
): Promise<LabCluster> {
  const stateDir = mkdtempSync(join(tmpdir(), 'rkc-e2e-'));
  const journal = memoryJournal();
  const runId = `e2e-${process.pid}-${Date.now().toString(36)}`;
  const clusterName = `rkc-${runId}`;
  const provider = await openKind({
    clusterName,
    runId,
    nodes: 1,
    nodeImage: lab.nodeImage,
    kindVersion: null,
    loadImages: [],
    namespace: 'rkc-e2e',
    undo: journal,
    log: () => {},
    signal: AbortSignal.timeout(280_000),
    stateDir,
    ...over,
  });
  return {
    provider,
    journal,
    kubeconfig: provider.kubeconfig ?? '',
    context: `kind-${clusterName}`,
    async close() {
      await provider.dispose();
      for (const undo of journal.pending.values()) {
        if (undo.kind === 'kind-cluster') await undoKindCluster(undo, AbortSignal.timeout(90_000));
      }
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Names of the containers of a kind cluster, stopped ones too. */
export function containersOf(clusterName: string): string[] {
  const filter = `label=io.x-k8s.kind.cluster=${clusterName}`;
  const args = ['ps', '--all', '--filter', filter, '--format', '{{.Names}}'];
  return spawnSync('docker', args, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}
