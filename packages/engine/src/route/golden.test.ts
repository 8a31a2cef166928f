/** The tables of `testdata/`: a route configuration, and what becomes of the requests that are listed with it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { pickCluster } from './cluster.ts';
import { findRoute, type RouteDecision } from './find-route.ts';
import { pickMirrors } from './mirror.ts';
import { planRedirect, planTlsRedirect } from './redirect.ts';
import { planRewrite } from './rewrite.ts';
import { routeLabel } from './route-list.ts';
import { compileYaml } from './test-support/compile.ts';
import { streamView } from './test-support/header-bag.ts';
import {
  ANY_CERTIFICATE,
  connectionView,
  type RequestSpec,
  requestView,
  routeInput,
  runtimeOf,
} from './test-support/views.ts';
import { findVirtualCluster } from './virtual-cluster.ts';
import type { WeightedPickInput } from './weighted-clusters.ts';

interface Call {
  readonly request: RequestSpec;
  readonly random?: number;
  readonly runtime?: Readonly<Record<string, number>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly certificate?: 'presented' | 'validated';
  readonly expect: Readonly<Record<string, unknown>>;
}

interface Table {
  readonly config: unknown;
  readonly calls: readonly Call[];
}

const directory = new URL('testdata/', import.meta.url);

for (const file of readdirSync(directory)) {
  test(`table ${file}`, () => {
    const { config, calls } = parse(readFileSync(new URL(file, directory), 'utf8')) as Table;
    const compiled = compileYaml(stringify(config));
    for (const call of calls) {
      const { certificate } = call;
      const tls = certificate && { peer: ANY_CERTIFICATE, isPeerValidated: certificate === 'validated' };
      const input = routeInput({
        randomValue: call.random ?? 0,
        runtime: runtimeOf(call.runtime ?? {}),
        dynamicMetadata: call.metadata ?? {},
      });
      const request = requestView(call.request);
      const decision = findRoute(compiled, request, connectionView(tls), input);
      assert.partialDeepStrictEqual(summary(decision, request, input), call.expect, JSON.stringify(call.request));
    }
  });
}

type RequestView = ReturnType<typeof requestView>;

function summary(decision: RouteDecision, request: RequestView, input: WeightedPickInput): Record<string, unknown> {
  const { virtualHost, route } = decision;
  const host = virtualHost?.name ?? 'none';
  if (decision.kind === 'tlsRedirect') return { host, redirect: planTlsRedirect(request) };
  if (route === undefined) return { host, route: 'none' };
  const { action, match } = route;
  const stream = streamView(request);
  const base = {
    host,
    route: routeLabel(route),
    virtualCluster: findVirtualCluster(virtualHost?.virtualClusters ?? [], request),
  };
  if (action.kind === 'redirect')
    return { ...base, redirect: planRedirect(action, match.matchedLength, request, stream) };
  if (action.kind === 'directResponse') {
    return { ...base, direct: { status: action.status, body: new TextDecoder().decode(action.body) } };
  }
  const pick = pickCluster(action.cluster, request, input);
  const mirrors = pickMirrors(action.mirrors, request, input)
    .map(({ clusterName }) => clusterName)
    .join(',');
  const notFoundStatus = action.clusterNotFoundStatus;
  if (pick === undefined) return { ...base, cluster: 'none', mirrors, notFoundStatus };
  // YAML has null for what is not there.
  const upstream = Object.fromEntries(
    Object.entries(planRewrite(action, match.matchedLength, pick, request, stream)).map(([key, value]) => [
      key,
      value ?? null,
    ]),
  );
  return { ...base, cluster: pick.clusterName, mirrors, notFoundStatus, upstream };
}
