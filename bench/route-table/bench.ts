import { err, ok } from '@weft/core';
import {
  type ConnectionView,
  compileRouteConfig,
  EMPTY_RUNTIME,
  findRoute,
  Problems,
  pickCluster,
  type RequestView,
  type RouteCompileContext,
  type RouteConfigRuntime,
  type WeightedPickInput,
} from '@weft/engine';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, Problems as LiteProblems } from '@weft/proto/lite';
import { alternate } from '../lib/alternate.ts';
import { defineBenchmark } from '../lib/benchmark.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';

const ROUNDS = 9;
const REPEATS = 100_000;
/** Different requests, so that no cache of one answer helps; a power of two. */
const REQUESTS = 1024;

/** The search for a route and its cluster, warm, with host and path as fresh strings as a codec makes them. */
export default defineBenchmark({
  name: 'route-table',
  summary: 'Finding the route of a request: 1 and 10,000 virtual hosts, 10,000 routes',
  async run({ report, log, signal }) {
    const tables = [table('1 virtual host, 1 route', 1, 1), table('10,000 virtual hosts, 1 route each', 10_000, 1)];
    tables.push(table('1 virtual host, 10,000 routes', 1, 10_000));
    const peers = [...tables.map((each) => each.peer), stringsAlone(tables[0]!.requests)];
    for (const { measure } of peers) await measure();
    log(`${ROUNDS} rounds of ${peers.length}`);
    const results = await alternate(peers, ROUNDS, signal);
    report.paragraph(
      `Nanoseconds per request, ${REPEATS} requests per round, ${REQUESTS} different ones, everything warm.`,
    );
    const rows = Array.from(results, ([name, times]) => {
      const spread = spreadOf(times);
      return [name, formatSpread(spread, 'ns', 0), `${spread.min.toFixed(0)} ns`];
    });
    report.table(['work', 'median', 'best'], rows);
    report.paragraph('Milliseconds to compile the table, cold, from messages that are decoded already.');
    report.table(
      ['table', 'time'],
      tables.map(({ peer, compileMs }) => [peer.name, `${compileMs.toFixed(0)} ms`]),
    );
  },
});

interface RequestBytes {
  readonly host: Buffer;
  readonly path: Buffer;
}

function table(name: string, hosts: number, routes: number) {
  const message = messageOf(hosts, routes);
  const startedAt = performance.now();
  const config = compile(message);
  const compileMs = performance.now() - startedAt;
  const requests = Array.from({ length: REQUESTS }, (_, i): RequestBytes => {
    // A prime step spreads the requests over the whole table.
    const host = hostOf((i * 7919) % hosts);
    const path = `${pathOf((i * 7919) % routes)}42/reviews`;
    return { host: Buffer.from(host, 'latin1'), path: Buffer.from(path, 'latin1') };
  });
  return { compileMs, requests, peer: timed(name, requests, (request) => isRouted(config, request)) };
}

function stringsAlone(requests: readonly RequestBytes[]) {
  return timed('the strings alone', requests, (request) => request.authority.length + request.path.length > 0);
}

function timed(name: string, requests: readonly RequestBytes[], work: (request: RequestView) => boolean) {
  return {
    name,
    measure: () => {
      const startedAt = performance.now();
      for (let i = 0; i < REPEATS; i++) {
        const { host, path } = requests[i & (REQUESTS - 1)]!;
        const request = new BenchRequest(host.toString('latin1'), path.toString('latin1'));
        if (!work(request)) throw new Error(`${name}: ${request.authority}${request.path} has no route`);
      }
      return Promise.resolve(((performance.now() - startedAt) * 1e6) / REPEATS);
    },
  };
}

class BenchRequest implements RequestView {
  readonly method = 'GET';
  readonly scheme = 'http';
  readonly authority: string;
  readonly path: string;

  constructor(authority: string, path: string) {
    this.authority = authority;
    this.path = path;
  }

  get(): undefined {
    return undefined;
  }
}

const ADDRESS = { text: '10.0.0.1:1', host: '10.0.0.1', port: 1, ip: undefined };
const CONNECTION: ConnectionView = {
  id: 1,
  directRemote: ADDRESS,
  remote: ADDRESS,
  local: ADDRESS,
  directLocal: ADDRESS,
  requestedServerName: '',
  transportProtocol: 'raw_buffer',
  applicationProtocols: [],
  tls: undefined,
};
const INPUT: WeightedPickInput = {
  randomValue: 1,
  runtime: EMPTY_RUNTIME,
  dynamicMetadata: {},
  filterState: () => undefined,
  connection: CONNECTION,
  remote: ADDRESS,
};

function isRouted(config: RouteConfigRuntime, request: RequestView): boolean {
  const { route } = findRoute(config, request, CONNECTION, INPUT);
  return route?.action.kind === 'forward' && pickCluster(route.action.cluster, request, INPUT) !== undefined;
}

function hostOf(index: number): string {
  return `service-${index}.shop.svc.cluster.local:8080`;
}

function pathOf(index: number): string {
  return `/api/v1/resource-${index}/`;
}

function messageOf(hosts: number, routes: number): RouteConfiguration {
  const report = new LiteProblems();
  const virtualHosts = Array.from({ length: hosts }, (_, i) => ({
    name: `host-${i}`,
    domains: [hostOf(i)],
    routes: Array.from({ length: routes }, (_route, j) => ({
      name: `route-${j}`,
      match: { prefix: routes === 1 ? '/' : pathOf(j) },
      route: { cluster: `cluster-${i}` },
    })),
  }));
  const json = { name: 'bench', virtual_hosts: virtualHosts };
  const message = fromJson<RouteConfiguration>('envoy.config.route.v3.RouteConfiguration', json, report);
  if (message === undefined || !report.isEmpty) throw new Error(JSON.stringify(report.list));
  return message;
}

function compile(message: RouteConfiguration): RouteConfigRuntime {
  const problems = new Problems();
  const context: RouteCompileContext = {
    problems,
    regexLimits: undefined,
    unpack: () => undefined,
    routeFilters: [],
    compileMatcher: () => undefined,
    compileBodyFormat: () => undefined,
    compileFormat: () => ok({ format: () => undefined }),
    loadData: () => err('no files'),
  };
  const config = compileRouteConfig(message, '', context);
  if (config === undefined) throw new Error(JSON.stringify(problems.list()));
  return config;
}
