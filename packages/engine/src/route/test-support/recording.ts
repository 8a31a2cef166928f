/** Reads what a real Envoy did, as it is recorded for the end-to-end tests. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, Problems as LiteProblems } from '@weft/proto/lite';
import { parse } from 'yaml';
import { compileRouteConfig, type RouteConfigRuntime } from '../route-config.ts';
import { testContext } from './compile.ts';
import { HeaderBag } from './header-bag.ts';
import { type RequestSpec, routeInput, runtimeOf } from './views.ts';

/** What needs more than a decision about a route: the name of an endpoint, a hash that a newer field asks for, all of the formats. */
const SKIPPED: readonly (string | RegExp)[] = [
  'host of the endpoint',
  'by hash',
  'by another hash',
  'values',
  // A field that the bundled protos do not have.
  /^cookie /,
];

/** One exchange of a recording. */
export interface Exchange {
  readonly asked: {
    readonly name: string;
    readonly listener?: string;
    readonly steps?: readonly { readonly kind: string; readonly text?: string }[];
  };
  readonly got: {
    readonly received: readonly { readonly status?: number; readonly headers?: readonly [string, string][] }[];
    readonly arrived: readonly { readonly line: string; readonly headers?: readonly [string, string][] }[];
    readonly log: readonly {
      readonly route?: string | null;
      readonly cluster?: string | null;
      readonly details: string;
      readonly attempts?: number;
      readonly flags?: string;
    }[];
  };
}

interface Recording {
  readonly bootstrap: readonly string[];
  readonly exchanges: readonly Exchange[];
}

function readRecording(name: string): Recording {
  const file = new URL(`../../../../../e2e/envoy/testdata/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recording;
}

interface BootstrapJson {
  readonly layered_runtime?: { readonly layers: readonly { readonly static_layer: Record<string, number> }[] };
  readonly static_resources: {
    readonly listeners: readonly {
      readonly name: string;
      readonly filter_chains: readonly {
        readonly filters: readonly { readonly typed_config: { readonly route_config?: object } }[];
      }[];
    }[];
  };
}

/** What the connection manager does before it asks for a route: strip ports and dots, read absolute forms, refuse bad requests. */
const MANAGER_LISTENERS = /^strip-/;
const MANAGER_NAMES = ['absolute form beats the host header'];
const MANAGER_DETAILS = ['path_normalization_failed', 'http1.codec_error', 'missing_host_header'];

function compileListeners(bootstrap: BootstrapJson): ReadonlyMap<string, RouteConfigRuntime> {
  const configs = new Map<string, RouteConfigRuntime>();
  for (const { name, filter_chains: chains } of bootstrap.static_resources.listeners) {
    const json = chains[0]?.filters[0]?.typed_config.route_config;
    if (json === undefined) continue;
    const report = new LiteProblems();
    const message = fromJson<RouteConfiguration>('envoy.config.route.v3.RouteConfiguration', json, report);
    assert.deepEqual(report.list, [], name);
    const context = testContext();
    const runtime = compileRouteConfig(message!, '', context);
    if (runtime === undefined) assert.fail(`${name}: ${JSON.stringify(context.problems.list())}`);
    configs.set(name, runtime);
  }
  return configs;
}

/** A request of a recording. */
export type ParsedRequest = RequestSpec & { readonly lines: readonly [string, string][] };

function parseRequest(text: string): ParsedRequest {
  const [head = ''] = text.split('\r\n\r\n');
  const [start = '', ...rest] = head.split('\r\n');
  const [method = '', path = ''] = start.split(' ');
  const lines = rest.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
  });
  const bag = new HeaderBag(lines);
  const valuesOf = (name: string) => (bag.all(name).length > 1 ? bag.all(name) : bag.get(name)!);
  const headers = Object.fromEntries(lines.map(([name]) => [name, valuesOf(name)]));
  const authority = bag.get('host') ?? '';
  if (method === 'CONNECT') return { method, path: '', authority: path, headers, lines };
  return { method, path, authority, headers, lines };
}

/** A request that came to be routed, with the configuration that it met. */
export interface Call {
  readonly name: string;
  readonly listener: string;
  readonly config: RouteConfigRuntime;
  readonly spec: ParsedRequest;
  readonly got: Exchange['got'];
  readonly input: ReturnType<typeof routeInput>;
}

/** The HTTP/1 requests of a recording that came to be routed, with the configuration they met. */
export function callsOf(recordingName: string): Call[] {
  const recording = readRecording(recordingName);
  const bootstrap = parse(recording.bootstrap.join('\n'), { version: '1.1' }) as BootstrapJson;
  const configs = compileListeners(bootstrap);
  const input = routeInput({ runtime: runtimeOf(bootstrap.layered_runtime?.layers[0]?.static_layer ?? {}) });
  return recording.exchanges.flatMap(({ asked, got }): Call[] => {
    const listener = asked.listener ?? 'main';
    const config = configs.get(listener);
    const text = asked.steps?.[0]?.text;
    if (config === undefined || text === undefined || got.log.length !== 1 || MANAGER_LISTENERS.test(listener))
      return [];
    if (isSkipped(asked.name) || MANAGER_NAMES.includes(asked.name)) return [];
    if (MANAGER_DETAILS.includes(got.log[0]!.details)) return [];
    return [{ name: asked.name, listener, config, spec: parseRequest(text), got, input }];
  });
}

function isSkipped(name: string): boolean {
  return SKIPPED.some((entry) => (typeof entry === 'string' ? entry === name : entry.test(name)));
}
