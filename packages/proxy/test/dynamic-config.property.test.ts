/** Whatever a control plane says and takes back, refused or cut off in between: in the end a proxy is as if it had been started with the final state. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { eventually, leakCheck } from '@weft/testkit';
import fc from 'fast-check';
import {
  type ApiType,
  ControlPlane,
  edsCluster,
  endpointsOf,
  httpManager,
  rds,
  routesTo,
} from '../src/test-support/control-plane.ts';
import { httpServer, request } from '../src/test-support/http-peers.ts';
import { listener, type RunningProxy, startProxy, tcpProxy } from '../src/test-support/start-proxy.ts';

leakCheck();

const NAMES = ['a', 'b', 'c'] as const;
const ANY = { socket_address: { address: '127.0.0.1', port_value: 0 } };

/** One thing that a control plane does; `which` picks the resource, `how` what it becomes. */
interface Step {
  readonly kind: 'cluster' | 'listener' | 'routes' | 'endpoints' | 'remove' | 'spoil' | 'drop' | 'push';
  readonly which: number;
  readonly how: number;
}

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('cluster', 'listener', 'routes', 'endpoints', 'remove', 'spoil', 'drop', 'push', 'push'),
  which: fc.nat(NAMES.length - 1),
  how: fc.nat(3),
});

interface Backends {
  readonly ports: readonly number[];
}

function setCluster(plane: ControlPlane, name: string, how: number, { ports }: Backends): void {
  if (how === 3) {
    plane.set('cluster', { name, type: 'STATIC', load_assignment: endpointsOf(name, [ports[0]!]) });
  } else plane.set('cluster', edsCluster(name, { lb_policy: ['ROUND_ROBIN', 'RANDOM', 'LEAST_REQUEST'][how] }));
}

function setListener(plane: ControlPlane, name: string, how: number): void {
  const http = (stat_prefix: string) => httpManager(rds(NAMES[how % NAMES.length]!), { stat_prefix });
  const match = { filter_chain_match: { server_names: ['x.test'] } };
  const chains = [
    [{ filters: [http('one')] }],
    [{ filters: [http('one')] }, { ...match, filters: [http('two')] }],
    [{ filters: [tcpProxy('plane')] }],
    [{ filters: [http('three')] }],
  ];
  const parts = how === 3 ? { per_connection_buffer_limit_bytes: 4096 } : {};
  plane.set('listener', listener(name, { filter_chains: chains[how], ...parts }));
}

/** Something of that name which is refused, in place of what is there. */
function spoil(plane: ControlPlane, name: string, how: number): void {
  const broken = { name: 'x', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Empty' } };
  if (how % 2 === 0) plane.set('cluster', { name, type: 'STATIC', lb_policy: 'CLUSTER_PROVIDED' });
  else plane.set('listener', { name, address: ANY, filter_chains: [{ filters: [broken] }] });
}

function setRoutes(plane: ControlPlane, name: string, how: number): void {
  plane.set('routes', routesTo(name, NAMES[how % NAMES.length]!));
}

function setEndpoints(plane: ControlPlane, name: string, how: number, { ports }: Backends): void {
  plane.set('endpoints', endpointsOf(name, how === 0 ? [] : ports.slice(0, how)));
}

function take(plane: ControlPlane, { kind, which, how }: Step, backends: Backends): void {
  const name = NAMES[which]!;
  switch (kind) {
    case 'cluster':
      setCluster(plane, name, how, backends);
      break;
    case 'listener':
      setListener(plane, name, how);
      break;
    case 'routes':
      setRoutes(plane, name, how);
      break;
    case 'endpoints':
      setEndpoints(plane, name, how, backends);
      break;
    case 'remove':
      plane.delete(how % 2 === 0 ? 'cluster' : 'listener', name);
      break;
    case 'spoil':
      spoil(plane, name, how);
      break;
    case 'drop':
      plane.host.dropStreams();
      break;
    case 'push':
      plane.push();
  }
}

/** What a proxy runs by: its resources without versions and times, and what it counts of them. */
async function stateOf(proxy: RunningProxy): Promise<string> {
  const { server } = proxy;
  const text = await (
    await fetch(`http://${server.adminAddress}/config_dump?include_eds`, { headers: { connection: 'close' } })
  ).text();
  const { configs } = JSON.parse(text) as { configs: unknown[] };
  const parts = configs.slice(1).map(comparable);
  const counts = ['cluster_manager.active_clusters', 'listener_manager.total_listeners_active'].map((name) =>
    proxy.stat(name),
  );
  const open = server.listeners.map(({ name }) => name).sort();
  return JSON.stringify({ parts, counts, open }, undefined, 1);
}

const VARYING = new Set(['version_info', 'last_updated', 'draining_state']);

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(comparable).filter((item) => JSON.stringify(item) !== '{}');
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !VARYING.has(key));
  // A listener of which nothing but clients is left is none.
  if (entries.length === 1 && entries[0]![0] === 'name' && 'draining_state' in value) return {};
  const known = entries.map(([key, inner]) => [key, comparable(inner)] as const);
  const shown = known.filter(([, inner]) => !Array.isArray(inner) || inner.length > 0);
  return Object.fromEntries(shown.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function checkHistory(t: TestContext, apiType: ApiType, steps: readonly Step[], backends: Backends) {
  const plane = await ControlPlane.start(t);
  for (const [i, name] of NAMES.entries()) {
    setEndpoints(plane, name, 1 + (i % 2), backends);
    setRoutes(plane, name, i);
  }
  setCluster(plane, 'stable', 3, backends);
  const chains = [{ filters: [httpManager({ route_config: routesTo('stable', 'stable') }, { stat_prefix: 's' })] }];
  plane.set('listener', listener('stable', { filter_chains: chains }));
  const bootstrap = { ...plane.bootstrap(apiType), admin: { address: ANY } };
  const proxy = await startProxy(t, bootstrap, { drainTimeMs: 20 });
  const port = proxy.port('stable');
  const spoiled = new Map<string, Step>();
  for (const step of steps) {
    if (step.kind === 'spoil') spoiled.set(`${step.how % 2} ${step.which}`, step);
    take(plane, step, backends);
    // What nobody touches is never disturbed.
    assert.equal((await request(port)).status, 200);
  }
  // A proxy keeps the last good version of what is refused, which one that starts now cannot know.
  for (const { how, which } of spoiled.values()) {
    if (how % 2 === 0) setCluster(plane, NAMES[which]!, 0, backends);
    else setListener(plane, NAMES[which]!, 0);
  }
  plane.push();
  const fresh = await startProxy(t, bootstrap);
  const expected = await stateOf(fresh);
  const settled = async () => {
    const state = await stateOf(proxy);
    if (state !== expected) throw new Error(`the histories end differently:\n${firstDifference(state, expected)}`);
    return true;
  };
  await eventually(settled, { withinMs: 15_000, what: 'the end of the history' });
  await proxy.server.close();
  await fresh.server.close();
  plane.host.close();
}

function firstDifference(state: string, expected: string): string {
  const [a, b] = [state.split('\n'), expected.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  return [...a.slice(at - 12, at + 6), '--- expected', ...b.slice(at, at + 6)].join('\n');
}

for (const apiType of ['GRPC', 'DELTA_GRPC'] as const) {
  it(`any history by ${apiType} ends like a fresh start`, async (t) => {
    const ports = [
      await httpServer(t, (_, response) => response.end('0')),
      await httpServer(t, (_, response) => response.end('1')),
      await httpServer(t, (_, response) => response.end('2')),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 25 }), (steps) =>
        checkHistory(t, apiType, steps, { ports }),
      ),
      { numRuns: 8, endOnFailure: true },
    );
  });
}
