import { sampleHistory } from '../counter-histories.ts';
import { askOurs, askPorcupine, buildPorcupine, porcupineMissing } from '../porcupine.ts';
import type { Figure } from './figure.ts';

/** One history of 100,000 requests by our checker and by porcupine; null where there is no Go. */
export async function porcupineFigure(dir: string): Promise<Figure | null> {
  const missing = porcupineMissing();
  if (missing !== null) {
    process.stderr.write(`porcupine is not compared: ${missing}\n`);
    return null;
  }
  const shape = { clients: 50, unknownPerMille: 0, damagedPerMille: 0, ledger: true };
  const sample = sampleHistory(7, { ...shape, count: 100_000 });
  const [theirs] = await askPorcupine(buildPorcupine(dir), dir, [sample], 60);
  return {
    what: 'one history of 100,000 requests decided',
    measured: askOurs(sample).cpuMs,
    reference: theirs?.cpuMs ?? Number.NaN,
    of: 'by porcupine',
    unit: 'CPU ms',
  };
}
