/** Random rules and views: the engine with its index decides as the plainest reading of the rules does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RBAC_FILTER, type RbacFilterRuntime } from '../filters/http/rbac.ts';
import { compileFilter } from '../filters/test-support/compile.ts';
import { matchView, type ViewSpec } from '../filters/test-support/views.ts';
import { TraceLog } from '../trace/trace.ts';
import { decideRbac } from './rbac.ts';

type Permission =
  | { any: true }
  | { and_rules: { rules: Permission[] } }
  | { or_rules: { rules: Permission[] } }
  | { not_rule: Permission }
  | { url_path: { path: { exact: string } | { prefix: string } } }
  | { destination_port: number };

type Principal =
  | { any: true }
  | { and_ids: { ids: Principal[] } }
  | { or_ids: { ids: Principal[] } }
  | { not_id: Principal }
  | { authenticated: { principal_name?: { exact: string } | { prefix: string } } }
  | { header: { name: string; string_match: { exact: string } } };

interface Policy {
  permissions: Permission[];
  principals: Principal[];
}

const name = fc.constantFrom('', 'a', 'b', 'ab', 'c');
const path = fc.constantFrom('/a', '/b', '/ab');

const permission = fc.letrec<{ node: Permission }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<Permission>({ any: true }),
    path.map((exact): Permission => ({ url_path: { path: { exact } } })),
    path.map((prefix): Permission => ({ url_path: { path: { prefix } } })),
    fc.constantFrom(80, 81).map((port): Permission => ({ destination_port: port })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((rules): Permission => ({ and_rules: { rules } })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((rules): Permission => ({ or_rules: { rules } })),
    tie('node').map((rule): Permission => ({ not_rule: rule })),
  ),
})).node;

const principal = fc.letrec<{ node: Principal }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name.map((exact): Principal => ({ authenticated: { principal_name: { exact } } })),
    fc.constantFrom('a', 'b').map((prefix): Principal => ({ authenticated: { principal_name: { prefix } } })),
    fc.constantFrom<Principal>({ any: true }, { authenticated: {} }),
    fc.constantFrom('1', '2').map((exact): Principal => ({ header: { name: 'x', string_match: { exact } } })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((ids): Principal => ({ and_ids: { ids } })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((ids): Principal => ({ or_ids: { ids } })),
    tie('node').map((id): Principal => ({ not_id: id })),
  ),
})).node;

/** Most policies name who they are for: those are indexed. */
const named = fc.array(
  name.map((exact): Principal => ({ authenticated: { principal_name: { exact } } })),
  { minLength: 1, maxLength: 2 },
);

const policies = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '1') }),
  fc.record<Policy>({
    permissions: fc.array(permission, { minLength: 1, maxLength: 2 }),
    principals: fc.oneof({ weight: 4, arbitrary: named }, fc.array(principal, { minLength: 1, maxLength: 3 })),
  }),
  { maxKeys: 12 },
);

const peer = fc.record({
  uriSans: fc.array(name, { maxLength: 2 }),
  dnsSans: fc.array(name, { maxLength: 2 }),
  subject: name,
});
const view = fc.record({
  request: fc.record({
    path: fc.oneof(
      path,
      path.map((text) => `${text}?q`),
    ),
    headers: fc.constantFrom<Record<string, string>>({}, { x: '1' }, { x: '2' }),
  }),
  peer: fc.option(peer, { nil: undefined }),
});

function permits(rule: Permission, spec: ViewSpec): boolean {
  if ('any' in rule) return true;
  if ('and_rules' in rule) return rule.and_rules.rules.every((each) => permits(each, spec));
  if ('or_rules' in rule) return rule.or_rules.rules.some((each) => permits(each, spec));
  if ('not_rule' in rule) return !permits(rule.not_rule, spec);
  if ('url_path' in rule) {
    const { path: wanted } = rule.url_path;
    const own = spec.request!.path!.replace('?q', '');
    return 'exact' in wanted ? own === wanted.exact : own.startsWith(wanted.prefix);
  }
  return rule.destination_port === 80;
}

function identifies(rule: Principal, spec: ViewSpec): boolean {
  if ('any' in rule) return true;
  if ('and_ids' in rule) return rule.and_ids.ids.every((each) => identifies(each, spec));
  if ('or_ids' in rule) return rule.or_ids.ids.some((each) => identifies(each, spec));
  if ('not_id' in rule) return !identifies(rule.not_id, spec);
  if ('header' in rule) return spec.request?.headers?.['x'] === rule.header.string_match.exact;
  if (spec.peer === undefined) return false;
  const wanted = rule.authenticated.principal_name;
  if (wanted === undefined) return true;
  const names = [...spec.peer.uriSans!, ...spec.peer.dnsSans!, spec.peer.subject!];
  return names.some((own) => ('exact' in wanted ? own === wanted.exact : own.startsWith(wanted.prefix)));
}

test('random rules', () => {
  fc.assert(
    fc.property(
      policies,
      fc.constantFrom('ALLOW', 'DENY'),
      fc.array(view, { minLength: 1, maxLength: 8 }),
      (rules, action, specs) => {
        const runtime = compileFilter<RbacFilterRuntime>(
          RBAC_FILTER,
          JSON.stringify({ rules: { action, policies: rules } }),
        );
        for (const { peer: given, request } of specs) {
          const spec: ViewSpec = { request, ...(given === undefined ? {} : { peer: given }) };
          const matched = Object.keys(rules)
            .sort()
            .find(
              (own) =>
                rules[own]!.permissions.some((rule) => permits(rule, spec)) &&
                rules[own]!.principals.some((id) => identifies(id, spec)),
            );
          const expected = { isAllowed: (matched !== undefined) === (action === 'ALLOW'), policyName: matched ?? '' };
          const { verdict } = decideRbac(runtime, matchView(spec));
          assert.deepEqual({ isAllowed: verdict?.isAllowed, policyName: verdict?.policyName }, expected);
          const traced = new TraceLog();
          assert.equal(decideRbac(runtime, matchView(spec), traced).verdict, verdict);
          assert.equal(
            traced.steps.every(({ why }) => why !== ''),
            true,
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});
