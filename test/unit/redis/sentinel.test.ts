import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  masterAddress,
  masterNames,
  parseSentinelMasters,
  stableText,
} from '../../../src/redis/sentinel.ts';

/**
 * Goal: what a Sentinel of any version says is read as it was meant. Method: replies that real Sentinels
 * gave (master, two replicas, three Sentinels) at five moments of a failover, as this project's own
 * connection read them.
 */
type Flat = readonly string[];
interface Moment {
  readonly masters: readonly Flat[];
  readonly replicas: readonly Flat[];
  readonly sentinels: readonly Flat[];
}
type Fixture = Record<
  'fresh' | 'healthy' | 'downReplicaAndSentinel' | 'objectivelyDown' | 'afterFailover',
  Moment
>;

const versions = ['redis-6.0', 'redis-7.0', 'redis-8.0', 'valkey-8.1'];
const folder = join(import.meta.dirname, '../../fixtures/sentinel');
const fixtureOf = (version: string): Fixture =>
  JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8'));
const parse = ({ masters, replicas, sentinels }: Moment) =>
  parseSentinelMasters(masters, () => ({ replicas, sentinels }));
const only = (moment: Moment) => {
  const [master, ...others] = parse(moment);
  if (!master || others.length > 0) throw new Error('expected one master');
  return master;
};

describe.each(versions)('what Sentinel of %s says', (version) => {
  const fixture = fixtureOf(version);
  const host = version === 'redis-6.0' ? '127.0.0.1' : 'localhost';

  it('of a healthy set-up', () => {
    const master = only(fixture.healthy);
    expect(master).toMatchObject({
      name: 'mymaster',
      ip: host,
      flags: ['master'],
      configEpoch: 0,
      quorum: 2,
      downAfterMs: 1000,
      failoverTimeoutMs: 10_000,
    });
    expect(master.replicas).toEqual(
      [1, 2].map((n) => ({
        ip: host,
        port: master.port + n,
        flags: ['slave'],
        masterHost: host,
        masterPort: master.port,
        masterLinkStatus: 'ok',
      })),
    );
    expect(master.sentinels).toEqual(
      [10, 12].map((n) => ({
        ip: '127.0.0.1',
        port: master.port + n,
        runId: expect.stringMatching(/^[0-9a-f]{40}$/),
        flags: ['sentinel'],
      })),
    );
  });

  it('of a replica and a Sentinel that are gone', () => {
    const { flags, replicas, sentinels } = only(fixture.downReplicaAndSentinel);
    expect(flags).toEqual(['master']);
    expect(replicas.map((one) => one.flags)).toEqual([
      ['slave'],
      ['disconnected', 's_down', 'slave'],
    ]);
    expect(sentinels.map((one) => one.flags)).toEqual([
      ['sentinel'],
      ['disconnected', 's_down', 'sentinel'],
    ]);
  });

  it('of a master that is down, and of the one after it', () => {
    const before = only(fixture.objectivelyDown);
    expect(before.flags).toEqual(expect.arrayContaining(['master', 'o_down', 's_down']));
    expect(before.flags).toEqual([...before.flags].sort());
    const after = only(fixture.afterFailover);
    expect(after).toMatchObject({ flags: ['master'], configEpoch: 1 });
    expect(after.port).not.toBe(before.port);
    const old = after.replicas.find(({ port }) => port === before.port);
    // it told nothing since: its master is printed as '?' and port 0
    expect(old).toMatchObject({ masterHost: null, masterPort: null, masterLinkStatus: null });
    expect(old?.flags).toContain('s_down');
  });

  it('before it knows its peers', () => {
    const { sentinels, replicas } = only(fixture.fresh);
    expect(sentinels).toEqual([]);
    expect(replicas).toHaveLength(2);
  });

  it('in another order is the same', () => {
    const { masters, replicas, sentinels } = fixture.healthy;
    const turned = { masters, replicas: replicas.toReversed(), sentinels: sentinels.toReversed() };
    expect(parse(turned)).toEqual(parse(fixture.healthy));
  });
});

const healthy = fixtureOf('redis-7.0').healthy;
const [flatMaster = []] = healthy.masters;
const withField = (flat: Flat, name: string, value: string) =>
  flat.with(flat.indexOf(name) + 1, value);

describe('several masters', () => {
  it('are sorted by name, each with its own', () => {
    const masters = ['b', 'a'].map((name) => withField(flatMaster, 'name', name));
    expect(masterNames(masters)).toEqual(['b', 'a']);
    const parsed = parseSentinelMasters(masters, (name) => ({
      replicas: name === 'a' ? healthy.replicas : [],
      sentinels: name === 'b' ? healthy.sentinels : [],
    }));
    expect(
      parsed.map(({ name, replicas, sentinels }) => [name, replicas.length, sentinels.length]),
    ).toEqual([
      ['a', 2, 0],
      ['b', 0, 2],
    ]);
  });
});

describe('what is not of the known form', () => {
  it.each([
    [null, /SENTINEL MASTERS: expected a list, got null/],
    [['name'], /SENTINEL MASTERS entry 0: expected names and values/],
    [[['name']], /entry 0: expected names and values/],
    [[flatMaster.slice(2)], /entry 0: name is missing/],
    [[withField(flatMaster, 'port', '-1')], /expected a number as port, got '-1'/],
    [[withField(flatMaster, 'config-epoch', '')], /expected a number as config-epoch/],
  ])('is named (%#)', (masters, message) => {
    expect(() => parse({ ...healthy, masters: masters as Flat[] })).toThrow(message);
  });

  it('is named in the other lists', () => {
    expect(() => parse({ ...healthy, replicas: 'no' as unknown as Flat[] })).toThrow(
      /SENTINEL REPLICAS: expected a list/,
    );
    expect(() => parse({ ...healthy, sentinels: [['ip', 'x']] })).toThrow(
      /SENTINEL SENTINELS entry 0: port is missing/,
    );
  });
});

describe('the address of a master', () => {
  it('is read, or there is none', () => {
    expect(masterAddress(['redis-0.redis', '6379'])).toEqual({ host: 'redis-0.redis', port: 6379 });
    expect(masterAddress(null)).toBeNull();
    expect(() => masterAddress(['x'])).toThrow(/expected an address, got \["x"\]/);
    expect(() => masterAddress('x')).toThrow(/expected an address/);
  });
});

/** A single value of one list is changed: unless it is of those that are read, nobody can tell. */
describe('the stable text', () => {
  const lists = ['masters', 'replicas', 'sentinels'] as const;

  it('differs wherever what is read does, and only there', () => {
    let hidden = 0;
    const differ = { same: 0, other: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...versions),
        fc.constantFrom(...lists),
        fc.nat(),
        fc.nat(),
        fc.constantFrom('7', '', '?', 'err', 'ok', 's_down,slave', '0'),
        (version, list, entryAt, fieldAt, value) => {
          const before = fixtureOf(version).healthy;
          const index = entryAt % before[list].length;
          const entry = before[list][index] ?? [];
          const changed = entry.with(2 * (fieldAt % (entry.length / 2)) + 1, value);
          const now = { ...before, [list]: before[list].with(index, changed) };
          const read = (moment: Moment) => {
            try {
              return JSON.stringify(parse(moment));
            } catch (error) {
              return String(error);
            }
          };
          const sameText = stableText(now[list], list) === stableText(before[list], list);
          const sameView = read(now) === read(before);
          if (sameText) expect(sameView).toBe(true);
          if (sameText) hidden++;
          differ[sameView ? 'same' : 'other']++;
        },
      ),
      { numRuns: 2000 },
    );
    expect(hidden).toBeGreaterThan(500);
    expect(differ.other).toBeGreaterThan(200);
  });

  it('is none of what is no list of lists', () => {
    expect(stableText('x', 'masters')).toBeNull();
    expect(stableText(['x'], 'masters')).toBeNull();
  });
});
