import { openHostLoad } from '../../platform/host-load.ts';
import type { Recorder } from './recorder.ts';

/** Records once a second what the host did to us; returns how to stop. */
export function startHostSampling(recorder: Recorder): () => void {
  const host = openHostLoad();
  const timer = setInterval(() => recorder.record({ kind: 'host', ...host.sample() }), 1000);
  return () => {
    clearInterval(timer);
    host.close();
  };
}
