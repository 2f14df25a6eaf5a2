import type { Container, ContainerStatus } from '../store/pod-objects.ts';

/** A container's entry in its pod's status; every change is told. */
export class ContainerRecord {
  readonly status: ContainerStatus;
  readonly #onChange: () => void;

  constructor(container: Container, earlier: ContainerStatus | null, onChange: () => void) {
    this.status = { ...waitingStatus(container, 'ContainerCreating'), ...afterPowerLoss(earlier) };
    this.#onChange = onChange;
  }

  waiting(reason: string, message: string): void {
    this.#rememberLast();
    this.set({ state: { waiting: { reason, message } }, ready: false, started: false });
  }

  running(startedAt: string, containerID: string): void {
    this.#rememberLast();
    const imageID = `embedded://${this.status.image}`;
    this.set({ state: { running: { startedAt } }, containerID, imageID });
  }

  terminated(
    exitCode: number,
    startedAt: string,
    finishedAt: string,
    failure?: { readonly reason: string; readonly message: string },
  ): void {
    this.#rememberLast();
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      ...failure,
      startedAt,
      finishedAt,
      containerID: this.status.containerID ?? '',
    };
    this.set({ state: { terminated }, ready: false, started: false });
  }

  set(change: Partial<ContainerStatus>): void {
    Object.assign(this.status, change);
    this.#onChange();
  }

  #rememberLast(): void {
    const { terminated } = this.status.state;
    if (terminated) this.status.lastState = { terminated };
  }
}

/** What a kubelet finds of a container whose machine was switched off under it. */
function afterPowerLoss(earlier: ContainerStatus | null): Partial<ContainerStatus> {
  if (!earlier) return {};
  const { restartCount, state, lastState, containerID = '' } = earlier;
  const startedAt = state.running?.startedAt ?? '';
  const unknown = { exitCode: 255, reason: 'Unknown', startedAt, finishedAt: '', containerID };
  const before = state.running ? { terminated: unknown } : state.terminated ? state : lastState;
  return { restartCount: restartCount + 1, lastState: before };
}

export function waitingStatus(container: Container, reason: string): ContainerStatus {
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason } },
    lastState: {},
  };
}
