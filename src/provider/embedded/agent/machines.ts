import { runCommand } from './container/command.ts';
import type { Tools } from './image/tools.ts';
import { podGateway } from './network/addresses.ts';

/** `stopped`: without power. `cut`: running, and out of reach of everything outside of it. */
export type MachineState = 'up' | 'stopped' | 'cut';

/** What happens to a machine that is lost, and when; a real cluster takes 40 s and 300 s. */
export interface NodeLossTimings {
  /** Silence before the node is NotReady and its pods with it, ms (`node-monitor-grace-period`). */
  readonly notReadyAfterMs: number;
  /** From NotReady to the deletion of its pods, ms (`default-unreachable-toleration-seconds`). */
  readonly evictAfterMs: number;
}

/** The defaults of kube-controller-manager 1.34 and kube-apiserver. */
export const realNodeLoss: NodeLossTimings = { notReadyAfterMs: 40_000, evictAfterMs: 300_000 };

/** The machines that the nodes stand for: which are up, since when they are not, who waits for one. */
export class Machines {
  readonly timings: NodeLossTimings;
  readonly #nowMs: () => number;
  readonly #lost = new Map<string, { state: MachineState; sinceMs: number }>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(timings: NodeLossTimings, nowMs: () => number) {
    this.timings = timings;
    this.#nowMs = nowMs;
  }

  state(node: string): MachineState {
    return this.#lost.get(node)?.state ?? 'up';
  }

  isUp(node: string | undefined): boolean {
    return node === undefined || !this.#lost.has(node);
  }

  /** How long the node has said nothing, ms; 0 while it is up. */
  silentMs(node: string): number {
    const lost = this.#lost.get(node);
    return lost ? this.#nowMs() - lost.sinceMs : 0;
  }

  set(node: string, state: MachineState): void {
    if (state === 'up') {
      this.#lost.delete(node);
      for (const wake of this.#waiting.get(node) ?? []) wake();
      this.#waiting.delete(node);
    } else {
      const sinceMs = this.#lost.get(node)?.sinceMs ?? this.#nowMs();
      this.#lost.set(node, { state, sinceMs });
    }
  }

  /** Resolves when the node is up: at once, or by the next `set`. */
  whenUp(node: string): Promise<void> {
    if (this.isUp(node)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(node, [...(this.#waiting.get(node) ?? []), resolve]);
    });
  }
}

/**
 * Rules that cut machines off, given the addresses of the pods on each: what is on one machine goes on
 * talking to itself, and its kubelet's probes (which come from the gateway address) still arrive;
 * everything else is dropped without an answer, also on connections that are open.
 */
export function cutRules(machines: readonly (readonly string[])[]): string {
  const sets = machines.filter((ips) => ips.length > 0);
  const rules = sets.flatMap((ips) => {
    const here = `{ ${ips.join(', ')} }`;
    const there = `{ ${[...ips, podGateway].join(', ')} }`;
    return [
      `    ip saddr ${here} ip daddr != ${there} drop`,
      `    ip daddr ${here} ip saddr != ${there} drop`,
    ];
  });
  const hooks = ['forward', 'input', 'output'].map(
    (hook) => `  chain ${hook} { type filter hook ${hook} priority 10; jump sever; }`,
  );
  return `add table ip machines
flush table ip machines
table ip machines {
  chain sever {
${rules.join('\n')}
  }
${hooks.join('\n')}
}
`;
}

export async function loadCutRules(
  tools: Tools,
  machines: readonly (readonly string[])[],
): Promise<void> {
  await runCommand(tools.nft, ['-f', '-'], cutRules(machines));
}
