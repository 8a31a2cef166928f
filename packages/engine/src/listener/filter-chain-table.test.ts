import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Cidr, cidrContains, parseCidr, parseIp } from '../match/cidr.ts';
import { TraceLog } from '../trace/trace.ts';
import type { AddressView } from '../view/address-view.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import { type ChainConditions, NO_CONDITIONS, type SourceType } from './filter-chain-match.ts';
import { compileChainTable, type FilterChainTable } from './filter-chain-table.ts';

function cidr(text: string): Cidr {
  const parsed = parseCidr(text, '');
  assert.equal(parsed.kind, 'ok');
  return (parsed as Extract<typeof parsed, { kind: 'ok' }>).value;
}

function address(host: string, port: number): AddressView {
  return { text: `${host}:${port}`, host, port, ip: parseIp(host) };
}

interface Given {
  readonly local?: string;
  readonly port?: number;
  readonly remote?: string;
  readonly direct?: string;
  readonly remotePort?: number;
  readonly sni?: string;
  readonly transport?: string;
  readonly alpn?: readonly string[];
}

function connection(given: Given): ConnectionView {
  const remote = address(given.remote ?? '192.0.2.1', given.remotePort ?? 5000);
  const local = address(given.local ?? '10.0.0.1', given.port ?? 443);
  return {
    id: 1,
    remote,
    directRemote: given.direct === undefined ? remote : address(given.direct, 1),
    local,
    directLocal: local,
    requestedServerName: given.sni ?? '',
    transportProtocol: given.transport ?? 'raw_buffer',
    applicationProtocols: given.alpn ?? [],
    tls: undefined,
  };
}

function tableOf(chains: Readonly<Record<string, Partial<ChainConditions>>>): FilterChainTable<string> {
  const entries = Object.entries(chains).map(([chain, own]) => ({ conditions: { ...NO_CONDITIONS, ...own }, chain }));
  const table = compileChainTable(entries);
  assert.ok('find' in table);
  return table;
}

describe('the choice of a filter chain', () => {
  const table = tableOf({
    port: { destinationPort: 8080 },
    portAndName: { destinationPort: 8443, serverNames: ['a.example.com'] },
    net: { destinations: [cidr('10.0.0.0/8')] },
    host: { destinations: [cidr('10.1.2.3/32')], transportProtocol: 'tls' },
    name: { serverNames: ['www.example.com'] },
    wildcard: { serverNames: ['.example.com'] },
    deep: { serverNames: ['.b.example.com'] },
    h2: { serverNames: ['alpn.test'], applicationProtocols: ['h2'] },
    http1: { serverNames: ['alpn.test'], applicationProtocols: ['http/1.1'] },
    anyAlpn: { serverNames: ['alpn.test'] },
    local: { serverNames: ['src.test'], sourceType: 'local' },
    external: { serverNames: ['src.test'], sourceType: 'external', sources: [cidr('198.51.100.0/24')] },
    sourcePort: {
      serverNames: ['src.test'],
      sourceType: 'external',
      sourcePorts: [7000],
      sources: [cidr('203.0.113.0/24')],
    },
    direct: { serverNames: ['direct.test'], directSources: [cidr('172.16.0.0/12')] },
  });
  const cases: readonly (readonly [string, Given, string | undefined])[] = [
    ['a port without other conditions', { port: 8080 }, 'port'],
    // A port that matches is not left again for a chain without a port.
    ['a port whose chain fails later', { port: 8443, sni: 'www.example.com' }, undefined],
    ['a port with a name', { port: 8443, sni: 'a.example.com' }, 'portAndName'],
    ['the range of an address', { local: '10.9.9.9' }, 'net'],
    ['the longest range wins, and fails on the protocol', { local: '10.1.2.3' }, undefined],
    ['the longest range with its protocol', { local: '10.1.2.3', transport: 'tls' }, 'host'],
    ['an exact name', { local: '1.2.3.4', sni: 'www.example.com' }, 'name'],
    ['a wildcard', { local: '1.2.3.4', sni: 'api.example.com' }, 'wildcard'],
    ['a wildcard over several labels', { local: '1.2.3.4', sni: 'x.y.example.com' }, 'wildcard'],
    ['the longest wildcard', { local: '1.2.3.4', sni: 'x.b.example.com' }, 'deep'],
    ['a wildcard is not its own parent', { local: '1.2.3.4', sni: 'example.com' }, undefined],
    ['a name that begins with a dot', { local: '1.2.3.4', sni: '.example.com' }, undefined],
    [
      'the first protocol of the client that is asked for',
      { local: '1.2.3.4', sni: 'alpn.test', alpn: ['x', 'http/1.1', 'h2'] },
      'http1',
    ],
    ['no protocol that is asked for', { local: '1.2.3.4', sni: 'alpn.test', alpn: ['x'] }, 'anyAlpn'],
    ['a loopback source', { local: '1.2.3.4', sni: 'src.test', remote: '127.0.0.1' }, 'local'],
    [
      'another address of the loopback net, which is no loopback address to Envoy',
      { local: '1.2.3.4', sni: 'src.test', remote: '127.0.0.2' },
      undefined,
    ],
    ['the same source and destination', { local: '1.2.3.4', sni: 'src.test', remote: '1.2.3.4' }, 'local'],
    ['an external source in a range', { local: '1.2.3.4', sni: 'src.test', remote: '198.51.100.7' }, 'external'],
    ['an external source in no range', { local: '1.2.3.4', sni: 'src.test', remote: '192.0.2.7' }, undefined],
    ['a source port', { local: '1.2.3.4', sni: 'src.test', remote: '203.0.113.1', remotePort: 7000 }, 'sourcePort'],
    ['another source port', { local: '1.2.3.4', sni: 'src.test', remote: '203.0.113.1', remotePort: 7001 }, undefined],
    ['a direct source', { local: '1.2.3.4', sni: 'direct.test', direct: '172.20.0.1' }, 'direct'],
    [
      'another direct source',
      { local: '1.2.3.4', sni: 'direct.test', remote: '172.20.0.1', direct: '9.9.9.9' },
      undefined,
    ],
    ['IPv6', { local: 'fd00::1', sni: 'www.example.com' }, 'name'],
  ];
  for (const [what, given, chain] of cases) {
    it(`looks at ${what}`, () => assert.equal(table.find(connection(given)), chain));
  }

  it('records what it looked at', () => {
    const trace = new TraceLog();
    table.find(connection({ port: 8443, sni: 'www.example.com' }), trace);
    assert.deepEqual(
      trace.steps.map(({ name, outcome, why }) => `${name} ${outcome}: ${why}`),
      [
        'destination_port matched: the connection has 8443',
        'prefix_ranges matched: the connection has "10.0.0.1"',
        'server_names failed: the connection has "www.example.com"',
      ],
    );
  });
});

describe('chains that cannot be told apart', () => {
  const overlap = (first: Partial<ChainConditions>, second: Partial<ChainConditions>) =>
    !(
      'find' in
      compileChainTable([first, second].map((own, chain) => ({ conditions: { ...NO_CONDITIONS, ...own }, chain })))
    );

  it('are those that have one combination of conditions in common', () => {
    assert.equal(overlap({}, {}), true);
    assert.equal(overlap({ serverNames: ['a', 'b'] }, { serverNames: ['b', 'c'] }), true);
    assert.equal(overlap({ serverNames: ['a'], sourcePorts: [1] }, { serverNames: ['a'], sourcePorts: [2] }), false);
    assert.equal(overlap({ serverNames: ['a'] }, { serverNames: ['a'], sourcePorts: [2] }), false);
    assert.equal(overlap({ destinations: [cidr('10.0.0.0/8')] }, { destinations: [cidr('10.1.0.0/8')] }), true);
  });

  it('include a chain that states a condition twice, as in Envoy', () => {
    assert.equal(overlap({ serverNames: ['a', 'a'] }, { serverNames: ['b'] }), true);
  });
});

/** The most specific group of chains that a condition leaves, by the words of Envoy's documentation. */
function narrow(
  chains: readonly ChainConditions[],
  rankOf: (chain: ChainConditions) => number | undefined,
): readonly ChainConditions[] {
  const ranks = chains.map(rankOf);
  const best = Math.max(-1, ...ranks.map((rank) => rank ?? -1));
  return best === -1 ? [] : chains.filter((_, i) => ranks[i] === best);
}

function rankOfRange(ranges: readonly Cidr[], { ip }: AddressView): number | undefined {
  if (ranges.length === 0) return 0;
  const lengths = ranges
    .filter((range) => ip !== undefined && cidrContains(range, ip))
    .map((range) => range.prefixLength + 1);
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}

function rankOfName(names: readonly string[], name: string): number | undefined {
  if (names.length === 0) return 0;
  if (names.includes(name)) return 1000;
  const lengths = names
    .filter((each) => each.startsWith('.') && name.endsWith(each) && name.length > each.length)
    .map((each) => each.length);
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}

function rankOfProtocols(protocols: readonly string[], offered: readonly string[]): number | undefined {
  if (protocols.length === 0) return 0;
  const index = offered.findIndex((each) => protocols.includes(each));
  return index === -1 ? undefined : 100 - index;
}

/** All chains narrowed down by one condition after the other. */
function naive(chains: readonly ChainConditions[], view: ConnectionView): ChainConditions | undefined {
  const isLocal = view.remote.host === '127.0.0.1' || view.remote.host === view.local.host;
  const either = <T>(given: T, none: T, actual: T) => (given === none ? 0 : given === actual ? 1 : undefined);
  const steps: readonly ((chain: ChainConditions) => number | undefined)[] = [
    (chain) => either(chain.destinationPort, 0, view.local.port),
    (chain) => rankOfRange(chain.destinations, view.local),
    (chain) => rankOfName(chain.serverNames, view.requestedServerName),
    (chain) => either(chain.transportProtocol, '', view.transportProtocol),
    (chain) => rankOfProtocols(chain.applicationProtocols, view.applicationProtocols),
    (chain) => rankOfRange(chain.directSources, view.directRemote),
    (chain) => either<SourceType>(chain.sourceType, 'any', isLocal ? 'local' : 'external'),
    (chain) => rankOfRange(chain.sources, view.remote),
    (chain) => (chain.sourcePorts.length === 0 ? 0 : chain.sourcePorts.includes(view.remote.port) ? 1 : undefined),
  ];
  return steps.reduce(narrow, chains)[0];
}

const RANGES = ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.1.1/32', '127.0.0.0/8'].map(cidr);
const HOSTS = ['10.1.1.1', '10.1.2.2', '10.2.0.1', '127.0.0.1', '127.0.0.2', '192.0.2.1'];
const NAMES = ['a.test', 'b.a.test', '.test', '.a.test'];

const anyRanges = fc.uniqueArray(fc.constantFrom(...RANGES), { maxLength: 2 });
const anyConditions: fc.Arbitrary<ChainConditions> = fc.record({
  destinationPort: fc.constantFrom(0, 80, 443),
  destinations: anyRanges,
  serverNames: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
  transportProtocol: fc.constantFrom('', 'tls', 'raw_buffer'),
  applicationProtocols: fc.uniqueArray(fc.constantFrom('h2', 'http/1.1'), { maxLength: 2 }),
  directSources: anyRanges,
  sourceType: fc.constantFrom<SourceType>('any', 'local', 'external'),
  sources: anyRanges,
  sourcePorts: fc.uniqueArray(fc.constantFrom(1, 2), { maxLength: 2 }),
});
const anyConnection = fc
  .record({
    local: fc.constantFrom(...HOSTS),
    port: fc.constantFrom(80, 443, 8080),
    remote: fc.constantFrom(...HOSTS),
    direct: fc.constantFrom(...HOSTS),
    remotePort: fc.constantFrom(1, 2, 3),
    sni: fc.constantFrom('', 'a.test', 'b.a.test', 'c.b.a.test', 'test', 'other'),
    transport: fc.constantFrom('tls', 'raw_buffer'),
    alpn: fc.uniqueArray(fc.constantFrom('h2', 'http/1.1', 'x'), { maxLength: 3 }),
  })
  .map(connection);

it('a table finds what narrowing down all chains finds', () => {
  fc.assert(
    fc.property(
      fc.array(anyConditions, { maxLength: 8 }),
      fc.array(anyConnection, { maxLength: 8 }),
      (chains, views) => {
        const table = compileChainTable(chains.map((conditions) => ({ conditions, chain: conditions })));
        fc.pre('find' in table);
        for (const view of views) assert.equal(table.find(view), naive(chains, view));
      },
    ),
    { numRuns: 500 },
  );
});
