/** The kubelet's crash back-off (pkg/kubelet/kubelet.go, client-go flowcontrol.Backoff). */
const firstMs = 10_000;
const maxMs = 300_000;
/** An entry not renewed for twice the maximum is forgotten. */
const forgottenMs = 2 * maxMs;

/**
 * When a container may start again: at once after its first exit, then 10 s after the exit, doubling
 * to 5 min; a container that ran for 10 minutes starts afresh.
 */
export class RestartBackoff {
  #delayMs = 0;
  #startedAtMs = 0;

  /** Milliseconds to wait after an exit at `exitMs`; 0: start at once. */
  delayAfterExitMs(exitMs: number): number {
    if (exitMs - this.#startedAtMs > forgottenMs) this.#delayMs = 0;
    return this.#delayMs;
  }

  /** Call when the container is started again (not for the very first start). */
  restarted(nowMs: number): void {
    this.#delayMs = this.#delayMs === 0 ? firstMs : Math.min(maxMs, this.#delayMs * 2);
    this.#startedAtMs = nowMs;
  }
}
