/** Reads what a real Envoy did with filters, as it is recorded for the end-to-end tests. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, Problems as LiteProblems } from '@weft/proto/lite';
import { parse } from 'yaml';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { findRoute } from '../../route/find-route.ts';
import type { RouteRuntime } from '../../route/route.ts';
import { compileRouteConfig, type RouteConfigRuntime } from '../../route/route-config.ts';
import { HeaderBag } from '../../route/test-support/header-bag.ts';
import { connectionView, requestView, routeInput } from '../../route/test-support/views.ts';
import type { RequestView } from '../../view/request-view.ts';
import { filterContext } from './compile.ts';

interface Asked {
  readonly name: string;
  readonly listener?: string;
  readonly from?: string;
  readonly steps?: readonly { readonly text?: string }[];
}

/** What Envoy answered, and what reached the upstream. */
export interface Got {
  readonly received: readonly {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body?: string;
  }[];
  readonly arrived: readonly { readonly line: string; readonly headers: readonly (readonly [string, string])[] }[];
  readonly log: readonly { readonly flags: string; readonly details: string; readonly [field: string]: unknown }[];
}

interface Recording {
  readonly bootstrap: readonly string[];
  readonly exchanges: readonly { readonly asked: Asked; readonly got: Got }[];
}

interface ListenerJson {
  readonly name: string;
  readonly filter_chains: readonly { readonly filters: readonly { readonly typed_config: ManagerJson }[] }[];
}

interface ManagerJson {
  readonly route_config: { readonly virtual_hosts: readonly { readonly routes: readonly object[] }[] };
  readonly http_filters: readonly { readonly typed_config: Readonly<Record<string, unknown>> & { '@type': string } }[];
}

/** A recorded request that met a filter. */
export interface FilterCall<R> {
  readonly name: string;
  readonly listener: string;
  readonly request: RequestView;
  /** The request's fields, for filters that change them. */
  readonly bag: HeaderBag;
  /** The peer's address. */
  readonly from: string;
  /** What routes say to the filter, the most specific first, and what the listener says. */
  readonly routeConfigs: readonly R[];
  readonly config: R;
  readonly route: RouteRuntime | undefined;
  readonly got: Got;
}

/** The HTTP/1 requests of a recording, with the configuration of a filter that they met. */
export function filterCalls<R>(recordingName: string, compiler: HttpFilterCompiler): FilterCall<R>[] {
  const file = new URL(`../../../../../e2e/envoy/testdata/${recordingName}.json`, import.meta.url);
  const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
  const bootstrap = parse(recording.bootstrap.join('\n'), { version: '1.1' }) as {
    readonly static_resources: { readonly listeners: readonly ListenerJson[] };
  };
  const listeners = bootstrap.static_resources.listeners.flatMap((listener) => compileListener<R>(listener, compiler));
  return recording.exchanges.flatMap(({ asked, got }) => {
    const listener = listeners.find(({ name }) => name === (asked.listener ?? 'main'));
    const text = asked.steps?.[0]?.text;
    return listener === undefined || text === undefined ? [] : [createCall(asked, got, text, listener)];
  });
}

interface Listener<R> {
  readonly name: string;
  readonly filterName: string;
  readonly config: R;
  readonly routes: RouteConfigRuntime;
}

function compileListener<R>(
  { name, filter_chains: chains }: ListenerJson,
  compiler: HttpFilterCompiler,
): Listener<R>[] {
  const manager = chains[0]!.filters[0]!.typed_config;
  const filter = manager.http_filters.find(({ typed_config: { '@type': type } }) =>
    type.endsWith(`/${compiler.typeName}`),
  );
  if (filter === undefined) return [];
  const context = filterContext(compiler.route === undefined ? [] : [compiler.route]);
  const report = new LiteProblems();
  const { '@type': _type, ...json } = filter.typed_config;
  const message = fromJson(compiler.typeName, json, report);
  const routeMessage = fromJson<RouteConfiguration>(
    'envoy.config.route.v3.RouteConfiguration',
    manager.route_config,
    report,
  );
  assert.deepEqual(report.list, [], name);
  const config = compiler.compile(message as never, '', context);
  const routes = compileRouteConfig(routeMessage!, '', context);
  assert.deepEqual(context.problems.list(), [], name);
  const { name: filterName } = filter as unknown as { name: string };
  return [{ name, filterName, config: config as R, routes: routes! }];
}

function createCall<R>(asked: Asked, got: Got, text: string, listener: Listener<R>): FilterCall<R> {
  const [head = ''] = text.split('\r\n\r\n');
  const [start = '', ...rest] = head.split('\r\n');
  const [method = '', path = ''] = start.split(' ');
  const lines = rest.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
  });
  const bag = new HeaderBag(lines);
  const headers = Object.fromEntries(lines.map(([field]) => [field, bag.all(field)]));
  const request = requestView({ method, path, authority: bag.get('host') ?? '', headers });
  const { route } = findRoute(listener.routes, request, connectionView(), routeInput());
  return {
    name: asked.name,
    listener: listener.name,
    request,
    bag,
    from: asked.from ?? '127.0.0.1',
    routeConfigs: (route?.filters.get(listener.filterName)?.configs ?? []) as readonly R[],
    config: listener.config,
    route,
    got,
  };
}
