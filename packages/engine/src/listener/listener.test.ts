import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { BootstrapResult } from '../config/bootstrap/bootstrap-runtime.ts';
import { compileYaml, problemsOf } from '../config/test-support/compile.ts';
import { parseIp } from '../match/cidr.ts';
import { TraceLog } from '../trace/trace.ts';
import type { AddressView } from '../view/address-view.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import { type ListenerRuntime, pickFilterChain } from './listener.ts';

const CHAIN = (name: string, match = '') =>
  `{name: ${name}, ${match} filters: [{name: tcp, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: x, cluster: ${name}}}]}`;

function bootstrap(listener: string): BootstrapResult {
  return compileYaml(
    `static_resources: {listeners: [{name: l, address: {socket_address: {address: 0.0.0.0, port_value: 80}}, ${listener}}]}`,
  );
}

function listenerOf(yaml: string): ListenerRuntime {
  const result = bootstrap(yaml);
  assert.deepEqual(problemsOf(result), []);
  return (result as Extract<typeof result, { kind: 'ok' }>).value.listeners[0]!.value;
}

function address(host: string, port: number): AddressView {
  return { text: `${host}:${port}`, host, port, ip: parseIp(host) };
}

function connection(port: number, requestedServerName = ''): ConnectionView {
  const [remote, local] = [address('192.0.2.1', 4000), address('10.0.0.1', port)];
  return {
    id: 1,
    remote,
    directRemote: remote,
    local,
    directLocal: local,
    requestedServerName,
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    tls: undefined,
  };
}

test('the default filter chain takes what no other does', () => {
  const listener = listenerOf(
    `filter_chains: [${CHAIN('a', 'filter_chain_match: {destination_port: 81},')}], default_filter_chain: ${CHAIN('rest')}`,
  );
  const trace = new TraceLog();
  assert.equal(pickFilterChain(listener, connection(81), trace)?.name, 'a');
  assert.equal(pickFilterChain(listener, connection(82), trace)?.name, 'rest');
  const chosen = trace.steps.filter(({ outcome }) => outcome === 'chosen');
  assert.deepEqual(
    chosen.map(({ name, why }) => `${name}: ${why}`),
    ['a: all its conditions hold', 'rest: no other filter chain matches'],
  );
});

test('without a default filter chain, a connection may have none', () => {
  const listener = listenerOf(`filter_chains: [${CHAIN('a', 'filter_chain_match: {destination_port: 81},')}]`);
  const trace = new TraceLog();
  assert.equal(pickFilterChain(listener, connection(80), trace), undefined);
  assert.equal(trace.steps.at(-1)?.why, 'no filter chain matches and there is no default');
});

const MATCHER = (chain: string) => `filter_chain_matcher:
  matcher_tree:
    input: {name: port, typed_config: {"@type": type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput}}
    exact_match_map:
      map: {"443": {action: {name: chain, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: ${chain}}}}}`;

function withMatcher(chain: string, chains: string): BootstrapResult {
  const listener = { name: 'l', address: { socket_address: { address: '0.0.0.0', port_value: 80 } } };
  const own = parse(`${MATCHER(chain)}\nfilter_chains: ${chains}`) as object;
  return compileYaml(JSON.stringify({ static_resources: { listeners: [{ ...listener, ...own }] } }));
}

test('a matcher chooses filter chains by name', () => {
  const result = withMatcher('tls', `[${CHAIN('plain')}, ${CHAIN('tls')}]`);
  assert.deepEqual(problemsOf(result), []);
  const listener = (result as Extract<typeof result, { kind: 'ok' }>).value.listeners[0]!.value;
  assert.equal(pickFilterChain(listener, connection(443))?.name, 'tls');
  assert.equal(pickFilterChain(listener, connection(80)), undefined);
});

test('a matcher may only name filter chains that are there, and they need names of their own', () => {
  assert.deepEqual(problemsOf(withMatcher('gone', `[${CHAIN('a')}, ${CHAIN('a')}, ${CHAIN('""')}]`)), [
    'static_resources.listeners[0].filter_chains[1].name: duplicate name "a"',
    'static_resources.listeners[0].filter_chains[2].name: with filter_chain_matcher, a name is required',
    'static_resources.listeners[0].filter_chain_matcher.matcher_tree.exact_match_map.map["443"].action: no filter chain "gone"',
  ]);
});

test('a listener filter may be switched off by the port', () => {
  const listener = listenerOf(
    `filter_chains: [${CHAIN('a')}], listener_filters: [{name: f, filter_disabled: {not_match: {or_match: {rules: [{destination_port_range: {start: 10, end: 20}}, {destination_port_range: {start: 30, end: 31}}]}}}, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector}}]`,
  );
  const [filter] = listener.listenerFilters;
  assert.deepEqual(
    [9, 10, 19, 20, 30, 31].map((port) => filter!.isDisabledFor(connection(port))),
    [true, false, false, true, false, true],
  );
});
