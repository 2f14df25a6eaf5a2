import { openHostLoad } from '../../platform/host-load.ts';
import type { Recorder } from './recorder.ts';

/** Records once a second, and when it is stopped, what the host did to us; returns how to stop. */
export function startHostSampling(recorder: Pick<Recorder, 'record'>): () => void {
  const host = openHostLoad();
  const sample = () => recorder.record({ kind: 'host', ...host.sample() });
  const timer = setInterval(sample, 1000);
  return () => {
    clearInterval(timer);
    sample();
    host.close();
  };
}
