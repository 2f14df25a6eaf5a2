import { evaluate } from '../src/checker/evaluate.ts';
import { readEvidence } from '../src/cli/stored-evidence.ts';
import { readStoredReport } from '../src/run/evidence/stored-reports.ts';

/** What one process needed to judge one stored report; times are of its CPU, ms. */
export interface Measured {
  readonly operations: number;
  readonly verdict: string;
  /** From the files to columns: parsing JSON and joining the ledgers. */
  readonly readCpuMs: number;
  /** From columns to findings. */
  readonly decideCpuMs: number;
  readonly decideWallMs: number;
  readonly maxRssMb: number;
}

// run by itself: `node bench/judge-report.ts REPORT_DIR`, a process for each measurement
const [dir] = process.argv.slice(2);
if (dir !== undefined) {
  const cpuMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const startMs = cpuMs();
  const evidence = readEvidence(dir, readStoredReport(dir));
  const readMs = cpuMs();
  const wallMs = performance.now();
  const { verdict, operations } = evaluate(evidence);
  const measured: Measured = {
    operations: operations.attempted,
    verdict,
    readCpuMs: Math.round(readMs - startMs),
    decideCpuMs: Math.round(cpuMs() - readMs),
    decideWallMs: Math.round(performance.now() - wallMs),
    maxRssMb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
