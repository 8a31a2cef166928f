/** Any message of a filter compiles or is refused with reasons, and what compiles decides about any stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problems } from '@weft/proto/lite';
import fc from 'fast-check';
import { allSupport, createConfigContext } from '../config/environment.ts';
import { prepare } from '../config/prepare.ts';
import { TEST_ENVIRONMENT } from '../config/test-support/compile.ts';
import { makerOf } from '../config/test-support/message-maker.ts';
import { EMPTY_RUNTIME } from '../match/fraction.ts';
import { LocalLimiter } from '../rate-limit/local-limiter.ts';
import { decideRbac, type RbacRules } from '../rbac/rbac.ts';
import { requestView } from '../route/test-support/views.ts';
import { TraceLog } from '../trace/trace.ts';
import { POLICY_HTTP_FILTERS } from './http/all.ts';
import { collectMetadata } from './http/collect-metadata.ts';
import { decideLocalRateLimit } from './http/decide-local-ratelimit.ts';
import { FAULT_FILTER, type FaultRuntime } from './http/fault.ts';
import { HEADER_TO_METADATA_FILTER, type HeaderToMetadataRuntime } from './http/header-to-metadata.ts';
import { LOCAL_RATELIMIT_FILTER, type LocalRateLimitRuntime } from './http/local-ratelimit.ts';
import { planFault } from './http/plan-fault.ts';
import { RBAC_FILTER } from './http/rbac.ts';
import { SET_METADATA_FILTER, type SetMetadataRuntime, setMetadata } from './http/set-metadata.ts';
import { STATEFUL_SESSION_FILTER, type StatefulSessionRuntime } from './http/stateful-session.ts';
import { POLICY_NETWORK_FILTERS } from './network/all.ts';
import { RBAC_NETWORK_FILTER } from './network/rbac.ts';
import { matchView, type ViewSpec } from './test-support/views.ts';

const views: fc.Arbitrary<ViewSpec> = fc.record({
  request: fc.option(
    fc.record({
      path: fc.constantFrom('/', '/a/b?c=d', '', '*'),
      headers: fc.dictionary(
        fc.constantFrom('a', 'cookie', 'x-envoy-fault-delay-request'),
        fc.string({ maxLength: 8 }),
      ),
    }),
    { nil: undefined },
  ),
  dynamicMetadata: fc.constantFrom({}, { a: { a: 1 } }),
});

/** What filters decide about a stream. */
const DECISIONS: ReadonlyMap<string, (runtime: unknown, spec: ViewSpec) => void> = new Map([
  [RBAC_FILTER.typeName, decideAccess],
  [RBAC_NETWORK_FILTER.typeName, decideAccess],
  [FAULT_FILTER.typeName, decideFault],
  [LOCAL_RATELIMIT_FILTER.typeName, decideLimit],
  [HEADER_TO_METADATA_FILTER.typeName, decideMetadata],
  [SET_METADATA_FILTER.typeName, decideFixedMetadata],
  [STATEFUL_SESSION_FILTER.typeName, decideSession],
]);

function decideAccess(runtime: unknown, spec: ViewSpec): void {
  const rules = runtime as RbacRules;
  const decision = decideRbac(rules, matchView(spec));
  assert.deepEqual(decideRbac(rules, matchView(spec), new TraceLog()), decision);
}

function decideFault(runtime: unknown, { request }: ViewSpec): void {
  const input = { random: () => 0, runtime: EMPTY_RUNTIME, routeCluster: '', activeFaults: 0 };
  const { abort } = planFault(runtime as FaultRuntime, requestView(request), input);
  if (abort?.kind === 'http') assert.ok(abort.status >= 200 && abort.status < 600);
}

function decideLimit(runtime: unknown): void {
  const limit = runtime as LocalRateLimitRuntime;
  const limiter = new LocalLimiter(limit.limits, 0);
  decideLocalRateLimit(limit, limiter, [], { nowMs: 0, random: () => 0, runtime: EMPTY_RUNTIME });
}

function decideMetadata(runtime: unknown, { request }: ViewSpec): void {
  const rules = runtime as HeaderToMetadataRuntime;
  collectMetadata([...rules.request, ...rules.response], requestView(request));
}

function decideFixedMetadata(runtime: unknown, { dynamicMetadata }: ViewSpec): void {
  setMetadata(runtime as SetMetadataRuntime, dynamicMetadata ?? {});
}

function decideSession(runtime: unknown, { request }: ViewSpec): void {
  const { session } = runtime as StatefulSessionRuntime;
  session?.remember('a', session.addressOf(requestView(request), 0), requestView(request), 0);
}

const COMPILERS = [...POLICY_HTTP_FILTERS, ...POLICY_NETWORK_FILTERS];

/** The filters of which some message compiled. Written by the tests, one after the other. */
const reached = new Set<string>();

for (const compiler of COMPILERS) {
  const { typeName } = compiler;
  test(`any ${typeName}`, () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), views, (seed, isPrepared, spec) => {
        const message = makerOf(seed).message(typeName, 0);
        const report = new Problems();
        if (isPrepared) prepare(message, allSupport(), report);
        if (!report.isEmpty) return;
        const context = createConfigContext(TEST_ENVIRONMENT);
        const runtime = compiler.compile(message, 'f', context);
        assert.equal(runtime === undefined, context.problems.count > 0);
        if (runtime === undefined) return;
        reached.add(typeName);
        DECISIONS.get(typeName)?.(runtime, spec);
      }),
      { numRuns: 300 },
    );
  });
}

test('most filters are reached by chance', () => {
  // Some need more than chance gives: a library, or several fields at once.
  assert.ok(reached.size >= COMPILERS.length - 6, [...reached].join(' '));
});
