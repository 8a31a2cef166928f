import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Bootstrap } from '../../gen/envoy/config/bootstrap/v3/bootstrap_pb.ts';
import type { Cluster } from '../../gen/envoy/config/cluster/v3/cluster_pb.ts';
import { Problems } from '../problems.ts';
import { isSet, unpack } from '../reflect.ts';
import { fromJson } from './from-json.ts';
import { toJson } from './to-json.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

function read(json: object): Cluster {
  const report = new Problems();
  const cluster = fromJson<Cluster>(CLUSTER, json, report);
  assert.equal(report.toString(), '');
  return cluster!;
}

function problems(json: unknown, typeName = CLUSTER): string[] {
  const report = new Problems();
  fromJson(typeName, json, report);
  assert.equal(report.depth, 0);
  return report.list.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`));
}

/** What Envoy 1.40 accepts in its own YAML beyond ProtoJSON. */
const ACCEPTED: readonly [string, object, object][] = [
  ['either spelling of names', { lbPolicy: 'RANDOM' }, { lb_policy: 'RANDOM' }],
  ['enums in lower case', { type: 'strict_dns' }, { type: 'STRICT_DNS' }],
  ['enums by number, in quotes too', { type: '2', lb_policy: 3 }, { type: 'LOGICAL_DNS', lb_policy: 'RANDOM' }],
  ['enums whose number has no name', { type: 99 }, { type: 99 }],
  ['durations as objects', { connect_timeout: { seconds: 1, nanos: 5e8 } }, { connect_timeout: '1.500s' }],
  [
    'wrappers as objects',
    { per_connection_buffer_limit_bytes: { value: 5 } },
    { per_connection_buffer_limit_bytes: 5 },
  ],
  ['numbers in quotes', { per_connection_buffer_limit_bytes: '1e3' }, { per_connection_buffer_limit_bytes: 1000 }],
  [
    'integers with a fraction of zeros',
    { per_connection_buffer_limit_bytes: '7.0' },
    { per_connection_buffer_limit_bytes: 7 },
  ],
  ['booleans in quotes', { respect_dns_ttl: 'True' }, { respect_dns_ttl: true }],
  [
    'a list of one as the value alone',
    { dns_resolvers: { pipe: { path: 'p' } } },
    { dns_resolvers: [{ pipe: { path: 'p' } }] },
  ],
  ['null for what is not set', { cluster_type: null, type: 'EDS', dns_resolvers: null }, { type: 'EDS' }],
  ['null beside the member of a oneof that is set', { type: 'EDS', cluster_type: null }, { type: 'EDS' }],
  ['empty lists and maps', { dns_resolvers: [], typed_extension_protocol_options: {} }, {}],
  [
    'an empty Any',
    { metadata: { typed_filter_metadata: { a: {} } } },
    { metadata: { typed_filter_metadata: { a: {} } } },
  ],
];

const REFUSED: readonly [unknown, string][] = [
  [[], 'expected an object, got a list'],
  ['x', 'expected an object, got "x"'],
  [new Map(), 'expected an object, got a Map'],
  [{ nam: 'x' }, 'nam: unknown field; did you mean "name"?'],
  [{ connectTimeOut: '1s' }, 'connectTimeOut: unknown field; did you mean "connect_timeout"?'],
  [
    { '@type': 'x/y' },
    '@type: unknown field: the field holds envoy.config.cluster.v3.Cluster itself and no google.protobuf.Any',
  ],
  [{ name: 5 }, 'name: expected text in quotes, got 5'],
  [{ name: '\ud800' }, 'name: expected text in quotes, got "\\ud800"'],
  [{ respect_dns_ttl: 1 }, 'respect_dns_ttl: expected true or false, got 1'],
  [
    { per_connection_buffer_limit_bytes: -1 },
    'per_connection_buffer_limit_bytes: expected an integer from 0 to 4294967295, got -1',
  ],
  [
    { per_connection_buffer_limit_bytes: 1.5 },
    'per_connection_buffer_limit_bytes: expected an integer from 0 to 4294967295, got 1.5',
  ],
  [
    { per_connection_buffer_limit_bytes: ' 5' },
    'per_connection_buffer_limit_bytes: expected an integer from 0 to 4294967295, got " 5"',
  ],
  [{ type: 'strict-dns' }, 'type: unknown value "strict-dns"; did you mean "STRICT_DNS"?'],
  [{ type: 'NOPE' }, 'type: unknown value "NOPE"; expected STATIC, STRICT_DNS, LOGICAL_DNS, EDS, ORIGINAL_DST'],
  [{ type: true }, 'type: expected the name of a value, got true'],
  [{ connect_timeout: '1.5' }, 'connect_timeout: expected a duration such as "1.5s", got "1.5"'],
  [{ connect_timeout: '1.0000000001s' }, 'connect_timeout: expected a duration such as "1.5s", got "1.0000000001s"'],
  [{ connect_timeout: 1 }, 'connect_timeout: expected a duration such as "1.5s", got 1'],
  [{ lb_policy: 1, lbPolicy: 2 }, 'lb_policy: given twice, as "lb_policy" and as "lbPolicy"'],
  [
    { cluster_type: { name: 'x' }, type: 'EDS' },
    'type: only one field of "cluster_discovery_type" may be set, and cluster_type is',
  ],
  [{ circuit_breakers: [] }, 'circuit_breakers: expected an object, got a list'],
  [{ dns_resolvers: [{}, null] }, 'dns_resolvers[1]: expected an object, got null'],
  [{ metadata: { filter_metadata: { a: 5 } } }, 'metadata.filter_metadata["a"]: expected an object, got 5'],
  [
    { metadata: { filter_metadata: { a: { b: [() => 1] } } } },
    'metadata.filter_metadata["a"].b[0]: expected JSON, got function',
  ],
];

const ANY_REFUSED: readonly [unknown, string][] = [
  [5, ': expected an object with "@type", got 5'],
  [{ name: 'x' }, '.@type: required: the type URL of the message, such as "type.googleapis.com/google.protobuf.Empty"'],
  [
    { '@type': 'google.protobuf.Duration', value: '1s' },
    '.@type: expected a type URL such as "type.googleapis.com/google.protobuf.Empty", got "google.protobuf.Duration"',
  ],
  [
    { '@type': 'type.googleapis.com/envoy.config.filter.http.router.v2.Router' },
    '.@type: unknown message type "type.googleapis.com/envoy.config.filter.http.router.v2.Router"; did you mean "envoy.extensions.filters.http.router.v3.Router"?',
  ],
  [{ '@type': 'x/no.Such' }, '.@type: unknown message type "x/no.Such"'],
  [{ '@type': 'x/google.protobuf.Duration', value: '1' }, '.value: expected a duration such as "1.5s", got "1"'],
  [
    { '@type': 'x/google.protobuf.Duration', value: '1s', seconds: 1 },
    '.seconds: unknown field; google.protobuf.Duration in an Any is written under "value"',
  ],
  [{ '@type': 'x/google.protobuf.Empty', value: {} }, '.value: unknown field'],
  [
    { '@type': 'x/envoy.config.core.v3.SocketAddress', port_valeu: 80 },
    '.port_valeu: unknown field; did you mean "port_value"?',
  ],
];

describe('fromJson', () => {
  for (const [what, json, expected] of ACCEPTED) {
    it(`takes ${what}`, () => assert.deepEqual(plain(toJson(read(json), { useProtoNames: true })), plain(expected)));
  }

  for (const [json, expected] of REFUSED) {
    it(`says ${expected}`, () => assert.deepEqual(problems(json), [expected]));
  }

  for (const [json, expected] of ANY_REFUSED) {
    it(`says of an Any ${expected}`, () => {
      const path = 'metadata.typed_filter_metadata["a"]';
      assert.deepEqual(problems({ metadata: { typed_filter_metadata: { a: json } } }), [path + expected]);
    });
  }

  it('keeps what is right beside what is wrong, and names all that is wrong', () => {
    const report = new Problems('static_resources.clusters[4]');
    const cluster = fromJson<Cluster>(CLUSTER, { name: 'c', type: 'X', http2: {} }, report)!;
    assert.equal(cluster.name, 'c');
    assert.deepEqual(
      report.list.map(({ path }) => path),
      ['static_resources.clusters[4].type', 'static_resources.clusters[4].http2'],
    );
  });

  it('keeps the presence that a zero has in a wrapper, and drops it elsewhere', () => {
    const cluster = read({ per_connection_buffer_limit_bytes: 0, alt_stat_name: '', connect_timeout: '0s', type: 0 });
    assert.equal(cluster.perConnectionBufferLimitBytes, 0);
    assert.equal(isSet(cluster, 'alt_stat_name'), false);
    assert.equal(isSet(cluster, 'connect_timeout'), true);
    assert.deepEqual(cluster.clusterDiscoveryType, { case: 'type', value: 0 });
  });

  it('encodes what an Any holds', () => {
    const address = { '@type': 'type.googleapis.com/envoy.config.core.v3.SocketAddress', address: 'a', port_value: 80 };
    const any = read({ metadata: { typed_filter_metadata: { a: address } } }).metadata!.typedFilterMetadata['a']!;
    const report = new Problems();
    assert.deepEqual(plain(toJson(unpack(any, report)!)), { address: 'a', portValue: 80 });
    assert.equal(report.isEmpty, true);
  });

  it('treats names of object properties as names', () => {
    const json = JSON.parse('{"metadata": {"filter_metadata": {"__proto__": {"constructor": 1}}}}') as object;
    const { filterMetadata } = read(json).metadata!;
    assert.deepEqual(Object.keys(filterMetadata), ['__proto__']);
    assert.deepEqual(problems({ constructor: 1, toString: 2 }), [
      'constructor: unknown field',
      'toString: unknown field',
    ]);
  });

  it('refuses nesting without end', () => {
    const permission: { not_rule?: object } = {};
    permission.not_rule = permission;
    assert.match(problems(permission, 'envoy.config.rbac.v3.Permission')[0]!, /messages nested deeper than 100$/);
    const json: { a?: object } = {};
    json.a = json;
    assert.match(problems({ metadata: { filter_metadata: { x: json } } })[0]!, /JSON nested deeper than 33$/);
  });

  it('never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        problems(json);
        problems({ metadata: { filter_metadata: json, typed_filter_metadata: { x: json } }, health_checks: json });
      }),
    );
    const bootstrap = fromJson<Bootstrap>('no.Such' as Bootstrap['$typeName'], {}, new Problems());
    assert.equal(bootstrap, undefined);
  });
});

/** The data without the prototypes. */
function plain(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json));
}
