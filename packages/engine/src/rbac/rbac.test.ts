import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RBAC_FILTER, type RbacFilterRuntime } from '../filters/http/rbac.ts';
import { RBAC_NETWORK_FILTER, type RbacNetworkRuntime } from '../filters/network/rbac.ts';
import { compileFilter, filterProblems } from '../filters/test-support/compile.ts';
import { matchView, type ViewSpec } from '../filters/test-support/views.ts';
import { TraceLog } from '../trace/trace.ts';
import { decideRbac } from './rbac.ts';

const compile = (text: string) => compileFilter<RbacFilterRuntime>(RBAC_FILTER, text);

/** One policy named `p`, allowed if it matches. */
function isAllowed(permission: string, principal: string, spec: ViewSpec): boolean {
  const runtime = compile(
    `rules: { policies: { p: { permissions: [{ ${permission} }], principals: [{ ${principal} }] } } }`,
  );
  return decideRbac(runtime, matchView(spec)).isAllowed;
}

const PEER: ViewSpec = {
  peer: { uriSans: ['spiffe://td/a', 'spiffe://td/b'], dnsSans: ['a.example'], subject: 'CN=a' },
};

describe('principals', () => {
  const cases: readonly (readonly [string, string, ViewSpec, boolean])[] = [
    ['the first URI name', 'authenticated: { principal_name: { exact: spiffe://td/a } }', PEER, true],
    ['another URI name', 'authenticated: { principal_name: { exact: spiffe://td/b } }', PEER, true],
    ['a DNS name', 'authenticated: { principal_name: { exact: a.example } }', PEER, true],
    ['the subject', 'authenticated: { principal_name: { exact: CN=a } }', PEER, true],
    ['a prefix', 'authenticated: { principal_name: { prefix: spiffe://td/ } }', PEER, true],
    ['another name', 'authenticated: { principal_name: { exact: spiffe://td/c } }', PEER, false],
    ['plain text', 'authenticated: { principal_name: { prefix: s } }', {}, false],
    ['any TLS', 'authenticated: {}', PEER, true],
    ['no TLS', 'authenticated: {}', {}, false],
    ['the source', 'source_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }', {}, true],
    ['another source', 'source_ip: { address_prefix: 11.0.0.0, prefix_len: 8 }', {}, false],
    ['the client', 'remote_ip: { address_prefix: 1.2.3.4, prefix_len: 32 }', { remote: '1.2.3.4' }, true],
    ['not the client', 'direct_remote_ip: { address_prefix: 1.2.3.4, prefix_len: 32 }', { remote: '1.2.3.4' }, false],
    ['filter state', 'filter_state: { key: k, string_match: { prefix: v } }', { filterState: { k: 'v1' } }, true],
    ['no filter state', "filter_state: { key: k, string_match: { exact: '' } }", {}, false],
  ];
  for (const [name, principal, spec, expected] of cases) {
    it(name, () => assert.equal(isAllowed('any: true', principal, spec), expected));
  }
});

describe('metadata of a source', () => {
  const value = 'path: [{ key: team }], value: { string_match: { exact: red } }';
  const of = (source: string) =>
    `sourced_metadata: { metadata_matcher: { filter: f, ${value} }, metadata_source: ${source} }`;
  const red = { f: { team: 'red' } };

  it('is that of filters or of the route', () => {
    for (const [permission, principal] of [
      [of('DYNAMIC'), 'any: true'],
      ['any: true', of('DYNAMIC')],
    ] as const) {
      assert.equal(isAllowed(permission, principal, { dynamicMetadata: red }), true);
      assert.equal(isAllowed(permission, principal, { routeMetadata: red }), false);
    }
    assert.equal(isAllowed(of('ROUTE'), 'any: true', { routeMetadata: red }), true);
    assert.equal(isAllowed('any: true', of('ROUTE'), { routeMetadata: red }), true);
    assert.equal(isAllowed(of('ROUTE'), 'any: true', { dynamicMetadata: red }), false);
    assert.equal(isAllowed(of('ROUTE'), 'any: true', {}), false);
  });

  it('cannot be that of a route where there are no requests', () => {
    const text = `{ stat_prefix: s, rules: { policies: { p: { permissions: [{ ${of('ROUTE')} }], principals: [{ any: true }] } } } }`;
    const [problem] = filterProblems(RBAC_NETWORK_FILTER, text);
    assert.match(problem?.path ?? '', /permissions\[0\]\.sourced_metadata$/);
  });
});

describe('rules', () => {
  const text = `
    rules_stat_prefix: r_
    shadow_rules_stat_prefix: s_
    rules:
      policies:
        b: { permissions: [{ url_path: { path: { prefix: / } } }], principals: [{ any: true }] }
        a: { permissions: [{ url_path: { path: { exact: /a } } }], principals: [{ any: true }] }
    shadow_rules:
      action: DENY
      policies:
        'no body': { permissions: [{ any: true }], principals: [{ header: { name: x-h } }] }
  `;

  it('name the first policy in the order of names, in metadata too', () => {
    const runtime = compile(text);
    const decision = decideRbac(runtime, matchView({ request: { path: '/a', headers: { 'x-h': '1' } } }));
    assert.equal(decision.isAllowed, true);
    assert.equal(decision.verdict?.policyName, 'a');
    assert.deepEqual(decision.verdict?.metadata, [
      ['r_enforced_effective_policy_id', 'a'],
      ['r_enforced_engine_result', 'allowed'],
    ]);
    assert.equal(decision.shadow?.details, 'rbac_access_denied_matched_policy[no_body]');
    assert.deepEqual(decision.shadow?.metadata, [
      ['s_shadow_effective_policy_id', 'no body'],
      ['s_shadow_engine_result', 'denied'],
    ]);
    assert.equal(decideRbac(runtime, matchView({ request: { path: '/b' } })).verdict?.policyName, 'b');
  });

  it('only hint to logs where their action is LOG', () => {
    const runtime = compile(
      'rules: { action: LOG, policies: { p: { permissions: [{ header: { name: x } }], principals: [{ any: true }] } } }',
    );
    const hint = (spec: ViewSpec) => decideRbac(runtime, matchView(spec)).verdict;
    assert.deepEqual([hint({})?.isAllowed, hint({})?.accessLogHint], [true, false]);
    assert.equal(hint({ request: { headers: { x: '1' } } })?.accessLogHint, true);
  });

  it('allow everything where there are none', () => {
    assert.deepEqual(decideRbac(compile('{}'), matchView()), {
      isAllowed: true,
      verdict: undefined,
      shadow: undefined,
    });
  });

  it('say what of each policy did not hold', () => {
    const trace = new TraceLog();
    decideRbac(compile(text), matchView({ request: { path: 'x' } }), trace);
    assert.deepEqual(
      trace.steps.map(({ name, outcome, why }) => [name, outcome, why]),
      [
        ['shadow no body', 'failed', 'principal: not header x-h present'],
        ['a', 'failed', 'permission: not path exact "/a"'],
        ['b', 'failed', 'permission: not path prefix "/"'],
      ],
    );
  });
});

describe('rules as a matcher', () => {
  const rule = (name: string, action: string) =>
    `{ action: { name: a, typed_config: { '@type': type.googleapis.com/envoy.config.rbac.v3.Action, name: ${name}, action: ${action} } } }`;
  const INPUT =
    "{ name: i, typed_config: { '@type': type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.ServerNameInput } }";
  const matcher = `{ matcher_tree: { input: ${INPUT}, exact_match_map: { map: { a: ${rule('allow-a', 'ALLOW')}, l: ${rule('log-l', 'LOG')}, d: ${rule('deny-d', 'DENY')} } } } }`;

  it('deny what nothing matches', () => {
    const runtime = compileFilter<RbacNetworkRuntime>(RBAC_NETWORK_FILTER, `{ stat_prefix: x, matcher: ${matcher} }`);
    const decide = (requestedServerName: string) =>
      decideRbac(runtime, matchView({ connection: { requestedServerName } }));
    const summary = (name: string) => {
      const { verdict } = decide(name);
      return [verdict?.isAllowed, verdict?.policyName, verdict?.accessLogHint];
    };
    assert.deepEqual(summary('a'), [true, 'allow-a', false]);
    assert.deepEqual(summary('l'), [true, 'log-l', true]);
    assert.deepEqual(summary('d'), [false, 'deny-d', false]);
    assert.deepEqual(summary('x'), [false, '', undefined]);
    assert.equal(decide('x').verdict?.details, 'rbac_access_denied_matched_policy[none]');
  });

  it('may look at connections only where there are no requests', () => {
    const http =
      "{ name: i, typed_config: { '@type': type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x } }";
    const text = `{ stat_prefix: x, matcher: ${matcher.replace(INPUT, http)} }`;
    const [problem] = filterProblems(RBAC_NETWORK_FILTER, text);
    assert.match(problem?.reason ?? '', /HttpRequestHeaderMatchInput is not supported here/);
  });
});

describe('rules that are refused', () => {
  const policy = (permission: string, principal = 'any: true') =>
    `rules: { policies: { p: { permissions: [{ ${permission} }], principals: [{ ${principal} }] } } }`;
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'ports in the wrong order',
      policy('destination_port_range: { start: 5, end: 5 }'),
      'permissions[0].destination_port_range',
      /from 5 to 5/,
    ],
    ['an empty set', policy('and_rules: {}'), 'permissions[0].and_rules', /at least one of rules is required/],
    ['nobody', policy('any: true', 'any: false'), 'principals[0]', /any: true is required/],
    ['an empty permission', policy(''), 'permissions[0]', /rule is required/],
    [
      'a bad address',
      policy('destination_ip: { address_prefix: x }'),
      'permissions[0].destination_ip',
      /not an IP address/,
    ],
    [
      'a bad expression',
      policy("header: { name: x, string_match: { safe_regex: { regex: '(' } } }"),
      'permissions[0].header.string_match.safe_regex',
      /./,
    ],
    [
      'a deep one',
      policy('any: true', 'not_id: { and_ids: { ids: [{ or_ids: { ids: [{ }] } }] } }'),
      'principals[0].not_id.and_ids.ids[0].or_ids.ids[0]',
      /identifier is required/,
    ],
  ];
  for (const [name, text, place, reason] of cases) {
    it(name, () => {
      const [problem] = filterProblems(RBAC_FILTER, text);
      assert.equal(problem?.path, `f.rules.policies["p"].${place}`);
      assert.match(problem?.reason ?? '', reason);
    });
  }

  it('conditions on requests where there are connections only', () => {
    const refused = (permission: string) =>
      filterProblems(RBAC_NETWORK_FILTER, `{ stat_prefix: s, ${policy(permission)} }`)[0];
    const template =
      "{ name: t, typed_config: { '@type': type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: /a } }";
    for (const permission of [
      'header: { name: x }',
      'url_path: { path: { exact: /a } }',
      `uri_template: ${template}`,
    ]) {
      assert.match(refused(`not_rule: { ${permission} }`)?.reason ?? '', /connections have no headers and no path/);
    }
  });

  it('an audit logger that somebody asks for', () => {
    const [problem] = filterProblems(
      RBAC_FILTER,
      'rules: { audit_logging_options: { audit_condition: ON_DENY, logger_configs: [{ audit_logger: { name: out } }] } }',
    );
    assert.match(problem?.reason ?? '', /"out": audit loggers are not supported/);
  });
});

it('paths and headers are compared by their bytes', () => {
  const policies = Array.from(
    { length: 8 },
    (_, i) => `p${i}: { permissions: [{ url_path: { path: { exact: /é${i} } } }], principals: [{ any: true }] }`,
  );
  const runtime = compile(`rules: { action: DENY, policies: { ${policies.join(', ')} } }`);
  // As it comes: one character for each byte.
  const path = Buffer.from('/é3').toString('latin1');
  assert.equal(decideRbac(runtime, matchView({ request: { path } })).verdict?.policyName, 'p3');
});
