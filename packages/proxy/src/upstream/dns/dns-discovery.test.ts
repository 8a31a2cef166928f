import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { seededRandom } from '@weft/core';
import type { DnsRuntime, EndpointsRuntime } from '@weft/engine';
import { captureLogger, FakeClock } from '@weft/testkit';
import { CLUSTER_STAT, CLUSTER_STATS } from '../cluster-stats.ts';
import type { ClusterHosts } from '../live-cluster.ts';
import { DnsDiscovery, type DnsDiscoveryParts } from './dns-discovery.ts';
import { type AskFamily, type ResolvedAddress, resolveFamilies } from './resolver.ts';

const DNS: DnsRuntime = {
  family: 'v4Only',
  refreshMs: 5000,
  failureRefresh: undefined,
  respectsTtl: false,
  resolver: { kind: 'system' },
};

function endpointsOf(...names: readonly string[]): EndpointsRuntime {
  return {
    clusterName: 'c',
    overprovisioningPct: 140,
    drops: [],
    staleAfterMs: 0,
    localities: [
      {
        locality: { region: '', zone: '', subZone: '' },
        priority: 0,
        weight: 1,
        metadata: {},
        endpoints: names.map((host) => ({
          address: { kind: 'socket', host, port: 80, ip: undefined, takesIpv4: false },
          additionalAddresses: [],
          hostname: '',
          health: 'unknown',
          weight: 1,
          metadata: {},
          healthCheck: { port: 0, hostname: '', address: undefined, isDisabled: false },
        })),
      },
    ],
  };
}

interface Subject {
  readonly clock: FakeClock;
  readonly discovery: DnsDiscovery;
  /** What each name answers; one that is not there fails. */
  readonly names: Map<string, readonly ResolvedAddress[]>;
  /** The hosts of each update. */
  readonly updates: string[][];
  readonly stats: Float64Array;
  asked: number;
}

function createSubject(
  t: TestContext,
  names: readonly string[],
  options: { readonly kind?: DnsDiscoveryParts['kind']; readonly dns?: Partial<DnsRuntime> } = {},
): Subject {
  const clock = new FakeClock();
  const updates: string[][] = [];
  const stats = new Float64Array(CLUSTER_STATS.numbers.length);
  const answers = new Map<string, readonly ResolvedAddress[]>();
  const discovery = new DnsDiscovery({
    kind: options.kind ?? 'strictDns',
    clusterName: 'c',
    endpoints: endpointsOf(...names),
    dns: { ...DNS, ...options.dns },
    resolver: {
      resolve: async (name) => {
        subject.asked++;
        const found = answers.get(name);
        if (found === undefined) throw new Error(`no ${name}`);
        return found;
      },
      close: () => undefined,
    },
    clock,
    random: seededRandom(1),
    logger: captureLogger().logger,
    stats,
    specOf: () => ({ weight: 1, health: 'healthy', metadata: {}, locality: { region: '', zone: '', subZone: '' } }),
    onHosts: (hosts) => updates.push(textsOf(hosts)),
  });
  t.after(() => discovery.close());
  const subject: Subject = { clock, discovery, names: answers, updates, stats, asked: 0 };
  return subject;
}

function textsOf(hosts: ClusterHosts): string[] {
  return hosts.flat().flatMap((locality) => locality.hosts.map(({ address, key }) => key ?? address.text));
}

function at(host: string, ttlS?: number): ResolvedAddress {
  return { host, ttlS };
}

describe('hosts from DNS', () => {
  it('are all addresses of all names, each once, and change with the answers', async (t) => {
    const { clock, discovery, names, updates, stats } = createSubject(t, ['a', 'b']);
    names.set('a', [at('1.0.0.1'), at('1.0.0.2')]);
    names.set('b', [at('1.0.0.2'), at('1.0.0.3')]);
    await discovery.start();
    assert.deepEqual(updates.at(-1), ['1.0.0.1:80', '1.0.0.2:80', '1.0.0.3:80']);
    const count = updates.length;
    await clock.advanceAsync(5000);
    assert.equal(updates.length, count);
    assert.equal(stats[CLUSTER_STAT.update_no_rebuild], 2);
    names.set('a', []);
    await clock.advanceAsync(5000);
    assert.deepEqual(updates.at(-1), ['1.0.0.2:80', '1.0.0.3:80']);
  });

  it('stay when nobody answers, and the wait grows where it is configured so', async (t) => {
    const dns = { failureRefresh: { baseMs: 1000, maxMs: 2000 } };
    const subject = createSubject(t, ['a'], { dns });
    const { clock, discovery, names, updates, stats } = subject;
    names.set('a', [at('1.0.0.1')]);
    await discovery.start();
    names.delete('a');
    await clock.advanceAsync(5000);
    assert.equal(stats[CLUSTER_STAT.update_failure], 1);
    assert.deepEqual(updates, [['1.0.0.1:80']]);
    const before = subject.asked;
    await clock.advanceAsync(2000);
    assert.ok(subject.asked > before, 'it asks again before the usual time');
    names.set('a', [at('1.0.0.9')]);
    await clock.advanceAsync(2000);
    assert.deepEqual(updates.at(-1), ['1.0.0.9:80']);
  });

  it('hold as long as the shortest time to live, if that counts', async (t) => {
    const subject = createSubject(t, ['a'], { dns: { respectsTtl: true } });
    subject.names.set('a', [at('1.0.0.1', 60), at('1.0.0.2', 30)]);
    await subject.discovery.start();
    await subject.clock.advanceAsync(29_000);
    assert.equal(subject.asked, 1);
    await subject.clock.advanceAsync(1000);
    assert.equal(subject.asked, 2);
  });

  it('are one for a logical name, whatever its address is', async (t) => {
    const { clock, discovery, names, updates } = createSubject(t, ['a'], { kind: 'logicalDns' });
    names.set('a', [at('1.0.0.1'), at('1.0.0.2')]);
    await discovery.start();
    names.set('a', [at('1.0.0.2')]);
    await clock.advanceAsync(5000);
    assert.deepEqual(updates, [['a:80'], ['a:80']]);
  });
});

describe('families of addresses', () => {
  const both: AskFamily = async (_, family) => [at(family === 4 ? '1.0.0.1' : '::1')];
  const onlyV4: AskFamily = async (name, family) => {
    if (family === 6) throw new Error('none');
    return both(name, family);
  };
  const cases = [
    ['auto', both, ['::1']],
    ['auto', onlyV4, ['1.0.0.1']],
    ['v4Preferred', both, ['1.0.0.1']],
    ['v4Only', both, ['1.0.0.1']],
    ['v6Only', both, ['::1']],
    ['all', both, ['::1', '1.0.0.1']],
    ['all', onlyV4, ['1.0.0.1']],
  ] as const;
  for (const [family, ask, expected] of cases) {
    it(`${family} takes ${expected.join(' and ')}`, async () => {
      const found = await resolveFamilies(ask, 'a', family);
      assert.deepEqual(
        found.map(({ host }) => host),
        expected,
      );
    });
  }

  it('without any address fail', async () => {
    await assert.rejects(resolveFamilies(onlyV4, 'a', 'v6Only'));
    const none: AskFamily = () => Promise.reject(new Error('nobody'));
    await assert.rejects(resolveFamilies(none, 'a', 'all'), /nobody/);
  });
});
