import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../../checker/run-story.ts';
import { describeError } from '../../model/errors.ts';
import type { FaultRecord } from '../../model/fault.ts';
import type { Report } from '../../model/report.ts';
import type { NodeFile } from '../../report/html/node-files.ts';

/**
 * report.html. Its charts are loaded only here, at the end of a run. A page that cannot be built is
 * replaced by one that says why: the verdict does not depend on it.
 */
export async function reportPage(
  report: Report,
  evidence: Evidence,
  reportDir: string,
): Promise<string> {
  try {
    const { htmlPage } = await import('../../report/html/page.ts');
    return htmlPage({ report, evidence, files: nodeFilesOf(report.faults, reportDir) });
  } catch (error) {
    const text = `${report.verdict.toUpperCase()}: the page could not be built (${describeError(error)}); summary.md and report.json are complete`;
    return `<!doctype html><meta charset="utf-8"><title>${report.verdict}</title><pre>${text.replaceAll('<', '&lt;')}</pre>\n`;
  }
}

/** What the victims and whoever changed its mind about them had on disk, before and after each fault. */
function nodeFilesOf(faults: readonly FaultRecord[], reportDir: string): readonly NodeFile[] {
  return [...new Set(faults.map(({ id }) => id))].flatMap((faultId) => {
    const folder = (when: string) => join(reportDir, 'nodes', `${faultId}-${when}`);
    if (!existsSync(folder('before')) || !existsSync(folder('after'))) return [];
    return readdirSync(folder('before'))
      .filter((name) => name.endsWith('.conf') && existsSync(join(folder('after'), name)))
      .sort()
      .slice(0, mostFiles)
      .map((name) => ({
        pod: name.replace(/\.(nodes|sentinel)\.conf$/, ''),
        faultId,
        before: readFileSync(join(folder('before'), name), 'utf8').slice(0, mostLetters),
        after: readFileSync(join(folder('after'), name), 'utf8').slice(0, mostLetters),
      }));
  });
}

/** A page stays small with a hundred pods, too: the files themselves are in the folder. */
const mostFiles = 12;
const mostLetters = 8000;
