import { UsageError } from '../model/errors.ts';
import { parseAddress } from '../redis/address.ts';
import { keySlot } from '../redis/slot.ts';
import type {
  AskRequest,
  GreetRequest,
  Probes,
  ReadRequest,
  Target,
  Targets,
} from './observer-protocol.ts';

/** Checks the bodies of requests; each throws a UsageError that names what is wrong where. */

export function checkTargets(body: unknown): Targets {
  const targets = list(body, 'targets').map((item, index) => ({
    pod: text(item, 'pod', `targets[${index}]`),
    uid: text(item, 'uid', `targets[${index}]`),
    address: address(item, 'address', `targets[${index}]`),
    ...kind(item, `targets[${index}]`),
  }));
  const twice = targets.find((one, at) => targets.findIndex(({ uid }) => uid === one.uid) < at);
  if (twice) throw new UsageError(`targets: uid '${twice.uid}' is there twice`);
  return { targets };
}

export function checkProbes(body: unknown): Probes {
  const probes = list(body, 'probes').map((item, index) => {
    const key = text(item, 'key', `probes[${index}]`);
    const slot = field(item, 'slot');
    if (slot !== keySlot(key)) {
      throw new UsageError(`probes[${index}]: '${key}' is in slot ${keySlot(key)}, not ${slot}`);
    }
    return { key, slot: keySlot(key), ...optional(item, 'master', `probes[${index}]`) };
  });
  const twice = probes.find((one, at) => probes.findIndex(({ key }) => key === one.key) < at);
  if (twice) throw new UsageError(`probes: key '${twice.key}' is there twice`);
  return { probes };
}

export function checkAsk(body: unknown): AskRequest {
  const argv = field(body, 'argv');
  const argvs = field(body, 'argvs');
  if ((argv === undefined) === (argvs === undefined)) {
    throw new UsageError('expected either argv or argvs');
  }
  return {
    address: address(body, 'address', 'ask'),
    ...(argv === undefined ? {} : { argv: command(argv, 'argv') }),
    ...(argvs === undefined
      ? {}
      : { argvs: list(body, 'argvs').map((one, index) => command(one, `argvs[${index}]`)) }),
    timeoutMs: timeout(body, 2000),
    auth: flag(body, 'auth'),
    ...kind(body, 'ask'),
  };
}

export function checkGreet(body: unknown): GreetRequest {
  return { address: address(body, 'address', 'greet'), timeoutMs: timeout(body, 2000) };
}

export function checkRead(body: unknown): ReadRequest {
  return {
    seed: address(body, 'seed', 'read'),
    key: text(body, 'key', 'read'),
    ...optional(body, 'sentinel', 'read'),
    timeoutMs: timeout(body, 2000),
    auth: flag(body, 'auth'),
  };
}

function field(body: unknown, name: string): unknown {
  if (typeof body === 'object' && body !== null) return Reflect.get(body, name);
  throw new UsageError(`expected an object, got ${JSON.stringify(body)}`);
}

function list(body: unknown, name: string): unknown[] {
  const value = field(body, name);
  if (Array.isArray(value)) return value;
  throw new UsageError(`expected a list as ${name}, got ${JSON.stringify(value)}`);
}

function text(body: unknown, name: string, where: string): string {
  const value = field(body, name);
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(`${where}: expected a text as ${name}, got ${JSON.stringify(value)}`);
}

function optional<N extends string>(body: unknown, name: N, where: string): { [K in N]?: string } {
  if (field(body, name) === undefined) return {};
  return { [name]: text(body, name, where) } as { [K in N]?: string };
}

function kind(body: unknown, where: string): Pick<Target, 'kind'> {
  const value = field(body, 'kind');
  if (value === undefined) return {};
  if (value === 'sentinel') return { kind: value };
  throw new UsageError(`${where}: kind may only be 'sentinel', got ${JSON.stringify(value)}`);
}

function address(body: unknown, name: string, where: string): string {
  const value = text(body, name, where);
  try {
    parseAddress(value);
  } catch (cause) {
    throw new UsageError(`${where}: ${name} is not HOST:PORT: '${value}'`, { cause });
  }
  return value;
}

function timeout(body: unknown, fallback: number): number {
  const value = field(body, 'timeoutMs') ?? fallback;
  if (typeof value === 'number' && value >= 1 && value <= 60_000) return value;
  throw new UsageError(`expected timeoutMs 1..60000, got ${JSON.stringify(value)}`);
}

function flag(body: unknown, name: string): boolean {
  const value = field(body, name) ?? true;
  if (typeof value === 'boolean') return value;
  throw new UsageError(`expected true or false as ${name}, got ${JSON.stringify(value)}`);
}

function command(value: unknown, where: string): readonly string[] {
  const words: unknown[] = Array.isArray(value) ? value : [];
  if (words.length > 0 && words.every((word) => typeof word === 'string')) return words;
  throw new UsageError(`expected a list of texts as ${where}, got ${JSON.stringify(value)}`);
}
