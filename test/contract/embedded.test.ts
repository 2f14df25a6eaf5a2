import { openEmbedded } from '../../src/provider/embedded/provider.ts';
import { providerContract } from './suite.ts';

providerContract('embedded', () =>
  openEmbedded({
    namespace: 'contract',
    undo: { record: async () => 'undo', done: async () => {} },
    nodeProgram: process.execPath,
    images: [],
    log: (line) => process.stderr.write(`${line}\n`),
    signal: AbortSignal.timeout(600_000),
  }),
);
