import { asMap } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import { valuesByPlace } from './secret-places.ts';

/** What a run must not tell. */
export interface Secrets {
  /** Whose every appearance in a text is hidden, glued to other characters or not. */
  readonly anywhere: readonly string[];
  /** Too short for that: hidden where they stand as a word of their own. */
  readonly asWords: readonly string[];
}

const leastAnywhere = 4;
const leastWord = 3;
/** A line of a key, a certificate or a configuration in a Secret. */
const leastLine = 16;

/**
 * Every secret value that a run knows: the servers' password, what the manifests' Secrets hold, and
 * what stands in their other objects where a password stands (`requirepass X` in a ConfigMap). A value
 * that is one of the report's own words or a name in the manifests is no secret by its value: hiding it
 * would spoil the report, and where a password stands it is hidden by its place.
 */
export function secretsOf(
  objects: readonly KubeObject[],
  passwords: readonly (string | null)[],
): Secrets {
  const names = new Set(objects.flatMap(namesIn));
  const values = [
    ...objects.flatMap((object) => (object.kind === 'Secret' ? heldBy(object) : placedIn(object))),
    ...passwords.filter((password) => password !== null),
  ]
    .flatMap((value) => [value, ...valuesByPlace(value), ...longLines(value)])
    .map((value) => value.trim())
    .filter((value) => value.length >= leastWord && !names.has(value) && !isOrdinary(value));
  const unique = [...new Set(values)];
  return {
    anywhere: unique.filter((value) => value.length >= leastAnywhere && !isNumber(value)),
    asWords: unique.filter((value) => value.length < leastAnywhere || isNumber(value)),
  };
}

function heldBy(secret: KubeObject): readonly string[] {
  const { data, stringData } = secret as { data?: unknown; stringData?: unknown };
  const texts = (map: unknown) =>
    Object.values(asMap(map)).filter((value) => typeof value === 'string');
  return [
    ...texts(data).map((text) => Buffer.from(text, 'base64').toString('utf8')),
    ...texts(stringData),
  ];
}

/** What stands where a password stands, in any text of the object, and in `name: X_PASSWORD, value: …`. */
function placedIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return valuesByPlace(value);
  if (Array.isArray(value)) return [...value.flatMap(placedIn), ...optionValues(value)];
  const map = asMap(value);
  const { name, value: given } = map as { name?: unknown; value?: unknown };
  const variable =
    typeof name === 'string' && typeof given === 'string' ? valuesByPlace(`${name}=${given}`) : [];
  return [...variable, ...Object.values(map).flatMap(placedIn)];
}

/** `[redis-server, --requirepass, X]`. */
function optionValues(list: readonly unknown[]): readonly string[] {
  const words = list.filter((word) => typeof word === 'string');
  return words.length === list.length ? valuesByPlace(words.join(' ')) : [];
}

function longLines(value: string): readonly string[] {
  if (!value.includes('\n')) return [];
  const lines = value.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.length >= leastLine && !/\s|^-----|^#/.test(line));
}

/** Names stand all over a report and in the manifests in plain: they are not what is kept secret. */
function namesIn(object: KubeObject): readonly string[] {
  const { name, namespace, labels } = object.metadata;
  return [name, namespace ?? '', ...Object.values(labels ?? {}).map(String)];
}

function isNumber(value: string): boolean {
  return /^\d{1,5}$/.test(value);
}

function isOrdinary(value: string): boolean {
  return ordinary.has(value.toLowerCase());
}

/** Words that the servers, Kubernetes and this tool say by themselves. */
const ordinary: ReadonlySet<string> = new Set(
  `default master mymaster slave replica primary secondary cluster sentinel redis valkey server node nodes pod
   pods admin administrator root user username users password passwd secret auth none null true false yes
   no on off localhost local host hosts port data app name namespace test testing dev prod production
   staging main hits hit-counter hit-counter-lb redis-cluster redis-server redis-sentinel redis-master
   redis-replica redis-password redis-auth valkey-server timeout closed refused reset connect-timeout
   not-connected unknown unknown-reply error failed running waiting terminated pending ready completed
   moved ask noauth wrongpass noperm clusterdown readonly loading misconf noreplicas crossslot tryagain
   masterdown execabort busy oom econnrefused econnreset etimedout enotfound ehostunreach epipe
   myself fail noaddr handshake connected disconnected tool self already info config get set ping pong
   opaque all read write public private key keys value values config.yaml redis.conf nodes.conf 6379 6380
   26379 16379 tls.crt tls.key ca.crt always never http https tcp udp ipv4 ipv6`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
