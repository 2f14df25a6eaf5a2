import type { NodeView } from '../model/view.ts';
import { openRunQueue } from '../platform/run-queue.ts';
import type { EventLog } from './event-log.ts';
import type { Probes, Target } from './observer-protocol.ts';
import { Probe } from './probe.ts';
import { type SlotOwner, slotOwner } from './slot-owner.ts';
import { TargetWatch, type WatchOptions } from './target-watch.ts';

const tellEveryMs = 1000;

/** Everything the observer looks at just now, and what it saw there last. */
export class ObservedServers {
  readonly #options: WatchOptions;
  readonly #log: EventLog;
  /** By uid; in the order in which their views last changed. */
  readonly #watches = new Map<string, TargetWatch>();
  readonly #probes = new Map<string, Probe>();
  /** How many views of each uid were told; a target that comes back goes on counting. */
  readonly #turns = new Map<string, number>();
  /** By key, who serves it by the views as they are; found out anew after any of them changes. */
  readonly #owners = new Map<string, SlotOwner | null>();
  readonly #telling: NodeJS.Timeout;
  readonly #runDelay = openRunQueue();

  constructor(options: WatchOptions, log: EventLog) {
    this.#options = options;
    this.#log = log;
    this.#telling = setInterval(() => {
      for (const watch of this.#watches.values()) watch.tellOffset();
      this.#tellLooks();
    }, tellEveryMs);
  }

  /** Replaces the targets; those that stay (same uid, address and kind) are not disturbed. */
  watch(targets: readonly Target[]): void {
    const wanted = new Map(targets.map((target) => [target.uid, target]));
    this.#owners.clear();
    for (const [uid, watch] of [...this.#watches]) {
      const { target } = watch;
      const next = wanted.get(uid);
      if (next?.address === target.address && next.kind === target.kind) continue;
      watch.stop();
      this.#watches.delete(uid);
      if (!wanted.has(uid)) this.#log.append({ kind: 'target-gone', pod: target.pod, uid });
    }
    for (const target of targets) {
      if (this.#watches.has(target.uid)) continue;
      const watch = new TargetWatch(target, this.#options, {
        view: (view, atUs) => {
          this.#watches.delete(target.uid);
          this.#watches.set(target.uid, watch);
          this.#owners.clear();
          const turn = (this.#turns.get(target.uid) ?? 0) + 1;
          this.#turns.set(target.uid, turn);
          this.#log.append({ kind: 'view', view, turn }, atUs);
        },
        offset: (offset, atUs) => {
          this.#log.append({ kind: 'offset', uid: target.uid, ...offset }, atUs);
        },
        // a line tells of the newest look only: of a late one at once, or what lies before it seems to go on
        late: () => this.#tellLooks(),
      });
      this.#watches.set(target.uid, watch);
    }
  }

  /** Replaces the probes; those that stay go on without a break. */
  probe(probes: Probes['probes']): void {
    const wanted = new Set(probes.map(({ key }) => key));
    this.#owners.clear();
    for (const [key, probe] of this.#probes) {
      if (wanted.has(key)) continue;
      probe.stop();
      this.#probes.delete(key);
    }
    for (const { key, slot, master = null } of probes) {
      if (this.#probes.has(key)) continue;
      const probe = new Probe({
        key,
        slot,
        login: this.#options.logins.data,
        clock: this.#options.clock,
        owner: () => this.#ownerOf(key, slot, master),
        known: (address) => this.#known(address),
        onTransition: (transition, atUs) => this.#log.append(transition, atUs),
      });
      this.#probes.set(key, probe);
    }
  }

  stop(): void {
    clearInterval(this.#telling);
    for (const watch of this.#watches.values()) watch.stop();
    for (const probe of this.#probes.values()) probe.stop();
  }

  #ownerOf(key: string, slot: number, master: string | null): SlotOwner | null {
    const known = this.#owners.get(key);
    if (known !== undefined) return known;
    const owner = slotOwner(this.#views(), slot, master);
    this.#owners.set(key, owner);
    return owner;
  }

  #views(): NodeView[] {
    return [...this.#watches.values()].flatMap(({ view }) => view ?? []);
  }

  #known(address: string): SlotOwner | null {
    const view = this.#views().find((one) => one.address === address);
    if (!view?.server) return null;
    return { address, mode: view.server.clusterEnabled ? 'cluster' : 'single' };
  }

  #tellLooks(): void {
    const nowUs = this.#options.clock.nowUs();
    const looks = [...this.#watches].flatMap(([uid, watch]) => {
      const lookedUs = watch.takeLookedUs();
      const turn = this.#turns.get(uid);
      if (lookedUs === null || turn === undefined) return [];
      return [{ uid, turn, agoUs: nowUs - lookedUs }];
    });
    const runDelay = this.#runDelay();
    if (looks.length > 0) this.#log.append({ kind: 'looks', looks, runDelay }, nowUs);
  }
}
