import { Client, request } from 'undici';
import { DeadlineError, describeError, InfrastructureError } from '../../model/errors.ts';
import type { EventBody } from '../../model/event.ts';
import type { Clock } from '../../platform/clock.ts';
import type {
  AskBatchReply,
  AskReply,
  Echo,
  GreetReply,
  Probes,
  ReadReply,
} from '../../pod/observer-protocol.ts';
import { masterNameOf } from '../../redis/master-name.ts';
import { keySlot } from '../../redis/slot.ts';
import { startClockOffset } from './clock-offset.ts';

export interface ObserverTarget {
  readonly pod: string;
  readonly uid: string;
  readonly address: string;
  readonly kind?: 'sentinel';
}

/** The harness's side of the observer: its stream, its clock, and questions to single servers. */
export interface ObserverClient {
  setTargets(targets: readonly ObserverTarget[]): Promise<void>;
  setProbes(keys: readonly string[]): Promise<void>;
  /**
   * One command on a fresh connection to that address, a single attempt. An observer that does not answer
   * us is an answer too: error class `observer`, and nobody knows what became of the command.
   */
  ask(
    address: string,
    argv: readonly string[],
    options?: { auth?: boolean; timeoutMs?: number },
  ): Promise<AskReply>;
  /** Several commands in one write on a fresh connection, an answer for each. */
  askAll(address: string, argvs: readonly (readonly string[])[]): Promise<readonly AskReply[]>;
  /** Whether a server speaks TLS. */
  greet(address: string): Promise<GreetReply>;
  /**
   * GET by a new client seeded from that address, following redirects as a plain client does.
   * `sentinel`: the seed is one, and is asked for the master of that name.
   */
  read(seed: string, key: string, sentinel?: string): Promise<ReadReply>;
  close(): Promise<void>;
}

export interface ObserverOptions {
  readonly origin: string;
  readonly clock: Clock;
  /** µs of the harness's clock at run start. */
  readonly zeroUs: number;
  readonly record: (body: EventBody, atUs?: number) => void;
  readonly signal: AbortSignal;
}

const echoEveryMs = 5000;
const tellAgainMs = 200;
const tellTries = 6;
/** So much longer than its question may take an observer without CPU answers; later it is no answer, ms. */
const slowMs = 10_000;
/** Of several echoes at a time the quickest counts. */
const echoes = 5;
/** Beats come every 250 ms; a longer silence than this is recorded, and judged by the checker. */
const silenceUs = 1_000_000;

/** Connects, measures the clock offset, and starts the event stream. */
export async function openObserver(options: ObserverOptions): Promise<ObserverClient> {
  const { clock, origin, record } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  let lastSeq = 0;
  let lastHeardUs = clock.nowUs();
  let lastEventUs = lastHeardUs - options.zeroUs;
  let boot: string | null = null;
  const turns = startTurns();
  let targets: readonly ObserverTarget[] = [];
  let probes: Probes['probes'] = [];

  const clockOffset = startClockOffset();
  const echo = async () => {
    for (let i = 0; i < echoes; i++) {
      const sentUs = clock.nowUs();
      const answer = (await getJson(`${origin}/echo`, signal)) as Echo;
      const receivedUs = clock.nowUs();
      if (boot !== null && answer.boot !== boot) {
        record({ kind: 'note', text: 'the observer started anew' });
        lastSeq = 0;
        turns.startAnew();
        void tellAgain(answer.boot);
      }
      boot = answer.boot;
      clockOffset.add({ sentUs, receivedUs, remoteUs: answer.monoUs, boot: answer.boot });
    }
    record({ kind: 'clock', ...clockOffset.at(clock.nowUs()) });
  };
  /** One that started anew knows nothing: told until it has taken it, or is followed by yet another. */
  const tellAgain = async (of: string) => {
    for (;;) {
      try {
        await putJson(`${origin}/targets`, { targets }, signal);
        await putJson(`${origin}/probes`, { probes }, signal);
        return;
      } catch {
        await clock.sleep(tellAgainMs, signal).catch(() => {});
        if (signal.aborted || boot !== of) return;
      }
    }
  };
  /** A setting may be told twice; an observer without CPU takes it at a later try. */
  const untilTaken = async (tell: () => Promise<void>) => {
    for (let left = tellTries; ; left--) {
      try {
        return await tell();
      } catch (error) {
        if (signal.aborted || left <= 1) throw error;
        await clock.sleep(tellAgainMs, signal);
      }
    }
  };
  /** Never later than now: what was heard has happened. */
  const toRunUs = (atUs: number) => {
    const nowUs = clock.nowUs();
    return Math.min(Math.round(atUs + clockOffset.at(nowUs).offsetUs), nowUs) - options.zeroUs;
  };

  const onLine = (text: string) => {
    const heardUs = clock.nowUs();
    if (heardUs - lastHeardUs > silenceUs) {
      record({
        kind: 'blind',
        fromUs: lastHeardUs - options.zeroUs,
        toUs: heardUs - options.zeroUs,
      });
    }
    lastHeardUs = heardUs;
    const { seq, atUs, ...body } = JSON.parse(text) as { seq?: number; atUs: number; kind: string };
    if (seq !== undefined) lastSeq = seq;
    if (body.kind === 'beat') return;
    if (body.kind === 'gap') {
      // events were dropped before we read them: as good as not having looked
      record({ kind: 'blind', fromUs: lastEventUs, toUs: toRunUs(atUs) });
      return;
    }
    // An offset is of the time at which it was asked, which may be before the last event.
    if (body.kind !== 'offset') lastEventUs = toRunUs(atUs);
    if (body.kind === 'probe') {
      const probe = body as unknown as { lastOkUs: number | null };
      if (probe.lastOkUs !== null) probe.lastOkUs = toRunUs(probe.lastOkUs);
    }
    record(turns.ofRun(body as unknown as EventBody), toRunUs(atUs));
  };

  const stream = async () => {
    while (!signal.aborted) {
      const client = new Client(origin, { bodyTimeout: 2000, headersTimeout: 2000 });
      try {
        const response = await client.request({
          method: 'GET',
          path: `/events?from=${lastSeq + 1}`,
          signal,
        });
        const theirs = response.headers['x-boot'];
        if (response.statusCode !== 200 || (boot !== null && theirs !== boot)) {
          // another process than the one whose numbers we count by: its clock and its targets first
          await echo();
        } else {
          let rest = '';
          for await (const chunk of response.body.setEncoding('utf8')) {
            const lines = (rest + chunk).split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) if (line !== '') onLine(line);
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        record({ kind: 'note', text: `observer stream broke: ${describeError(error)}` });
      } finally {
        await client.destroy().catch(() => {});
      }
      await clock.sleep(100, signal).catch(() => {});
    }
  };

  const echoing = async () => {
    while (!signal.aborted) {
      await clock.sleep(echoEveryMs, signal).catch(() => {});
      if (!signal.aborted) {
        await echo().catch((error: unknown) => {
          if (!signal.aborted)
            record({ kind: 'note', text: `echo failed: ${describeError(error)}` });
        });
      }
    }
  };

  await firstEcho(echo, options);
  const running = Promise.all([stream(), echoing()]);
  return {
    setTargets(next) {
      targets = next;
      return putJson(`${origin}/targets`, { targets }, signal);
    },
    setProbes(keys) {
      probes = keys.map((key) => {
        const master = masterNameOf(key);
        return { key, slot: keySlot(key), ...(master === null ? {} : { master }) };
      });
      return untilTaken(() => putJson(`${origin}/probes`, { probes }, signal));
    },
    ask: async (address, argv, { auth = true, timeoutMs = 2000 } = {}) =>
      postJson(
        `${origin}/ask`,
        { address, argv, auth, timeoutMs },
        signal,
        timeoutMs + slowMs,
      ).then(
        (answer) => answer as AskReply,
        (error: unknown): AskReply => {
          signal.throwIfAborted();
          const message = describeError(error);
          return { ok: false, error: { class: 'observer', message, outcome: 'indeterminate' } };
        },
      ),
    askAll: async (address, argvs) => {
      if (argvs.length === 0) return [];
      const question = { address, argvs, timeoutMs: 5000 };
      const answer = await postJson(`${origin}/ask`, question, signal, 8000);
      return (answer as AskBatchReply).replies;
    },
    greet: async (address) =>
      (await postJson(`${origin}/greet`, { address, timeoutMs: 2000 }, signal, 5000)) as GreetReply,
    read: async (seed, key, sentinel) =>
      postJson(`${origin}/read`, { seed, key, sentinel }, signal, 15_000 + slowMs).then(
        (answer) => answer as ReadReply,
        (error: unknown): ReadReply => {
          signal.throwIfAborted();
          const message = describeError(error);
          return { value: null, owner: null, hops: [seed], error: { class: 'observer', message } };
        },
      ),
    async close() {
      closing.abort(new InfrastructureError('the observer was closed'));
      await running;
    },
  };
}

/**
 * An observer that started anew counts its views of a server from 1 again; the run's evidence goes on,
 * so that a hole in the numbers is always a view that was lost.
 */
function startTurns() {
  const last = new Map<string, number>();
  let base = new Map<string, number>();
  const turnOf = (uid: string, turn: number) => (base.get(uid) ?? 0) + turn;
  return {
    startAnew() {
      base = new Map(last);
    },
    ofRun(body: EventBody): EventBody {
      if (body.kind === 'view' && body.turn !== undefined) {
        const turn = turnOf(body.view.uid, body.turn);
        last.set(body.view.uid, turn);
        return { ...body, turn };
      }
      if (body.kind !== 'looks') return body;
      return {
        ...body,
        looks: body.looks.map((look) => ({ ...look, turn: turnOf(look.uid, look.turn) })),
      };
    },
  };
}

async function firstEcho(echo: () => Promise<void>, options: ObserverOptions): Promise<void> {
  const startUs = options.clock.nowUs();
  for (;;) {
    try {
      return await echo();
    } catch (error) {
      options.signal.throwIfAborted();
      const waitedMs = Math.round((options.clock.nowUs() - startUs) / 1000);
      if (waitedMs > 90_000) {
        throw new DeadlineError(
          `the observer at ${options.origin} to answer`,
          waitedMs,
          describeError(error),
          error,
        );
      }
      await options.clock.sleep(50, options.signal);
    }
  }
}

async function getJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await request(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
  });
  return response.body.json();
}

async function putJson(url: string, body: unknown, signal: AbortSignal): Promise<void> {
  await sendJson('PUT', url, body, signal, 5000);
}

async function postJson(
  url: string,
  body: unknown,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<unknown> {
  return JSON.parse(await sendJson('POST', url, body, signal, timeoutMs)) as unknown;
}

async function sendJson(
  method: 'PUT' | 'POST',
  url: string,
  body: unknown,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<string> {
  try {
    const response = await request(url, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300)
      throw new Error(`HTTP ${response.statusCode}: ${text.slice(0, 200)}`);
    return text;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new InfrastructureError(
      `the observer did not take ${method} ${url}: ${describeError(cause)}`,
      { cause },
    );
  }
}
