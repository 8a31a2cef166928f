import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Attributes } from '../types.ts';
import { bootstrapObjects } from './bootstrap-policy.ts';
import { type BindingObject, RbacPolicy, type RoleObject } from './policy.ts';
import { firstUncovered, type PolicyRule, ruleAllows } from './rules.ts';

const user = { username: 'maria', groups: ['devs', 'system:authenticated'] };

function ask(
  verb: string,
  resource: string,
  more: Partial<Extract<Attributes, { kind: 'resource' }>> = {},
): Attributes {
  const [plural = '', subresource = ''] = resource.split('/');
  return {
    kind: 'resource',
    user,
    verb,
    group: '',
    version: 'v1',
    resource: plural,
    subresource,
    namespace: 'shop',
    name: '',
    ...more,
  };
}

test('a rule allows what it names and nothing else', () => {
  const rule: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log', '*/scale'] };
  assert.ok(ruleAllows(rule, ask('get', 'pods')));
  assert.ok(ruleAllows(rule, ask('get', 'pods/log')));
  assert.ok(ruleAllows(rule, ask('get', 'deployments/scale')));
  assert.ok(!ruleAllows(rule, ask('delete', 'pods')));
  assert.ok(!ruleAllows(rule, ask('get', 'pods/exec')));
  assert.ok(!ruleAllows(rule, ask('get', 'pods', { group: 'apps' })));
  assert.ok(!ruleAllows(rule, { kind: 'path', user, verb: 'get', path: '/metrics' }));
});

test('a rule with names does not allow the collection', () => {
  const rule: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['secrets'], resourceNames: ['one'] };
  assert.ok(ruleAllows(rule, ask('get', 'secrets', { name: 'one' })));
  assert.ok(!ruleAllows(rule, ask('get', 'secrets', { name: 'two' })));
  assert.ok(!ruleAllows(rule, ask('list', 'secrets')));
});

test('paths match exactly or by a prefix with a star', () => {
  const rule: PolicyRule = { verbs: ['get'], nonResourceURLs: ['/healthz', '/openapi/*'] };
  const path = (p: string): Attributes => ({ kind: 'path', user, verb: 'get', path: p });
  assert.ok(ruleAllows(rule, path('/healthz')));
  assert.ok(ruleAllows(rule, path('/openapi/v3')));
  assert.ok(!ruleAllows(rule, path('/healthz/etcd')));
});

function role(
  name: string,
  rules: readonly PolicyRule[],
  more: Partial<RoleObject> & { namespace?: string } = {},
): RoleObject {
  return { rules, ...more, metadata: { name, namespace: more.namespace, ...more.metadata } };
}

function bind(kind: string, name: string, subjects: BindingObject['subjects'], namespace?: string): BindingObject {
  return { metadata: { name: `${name}-binding`, namespace }, roleRef: { kind, name }, subjects };
}

test('bindings give rules to users, groups and service accounts, in their namespace only', () => {
  const pods: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const policy = new RbacPolicy({
    roles: [role('reader', [pods], { namespace: 'shop' })],
    clusterRoles: [role('reader', [pods])],
    roleBindings: [
      bind('Role', 'reader', [{ kind: 'ServiceAccount', name: 'web', namespace: 'other' }], 'shop'),
      bind('ClusterRole', 'reader', [{ kind: 'Group', name: 'devs' }], 'shop'),
    ],
    clusterRoleBindings: [bind('ClusterRole', 'reader', [{ kind: 'User', name: 'root' }])],
  });
  const rulesOf = (username: string, groups: string[], namespace: string): number =>
    [...policy.grants({ username, groups }, namespace)].length;
  assert.equal(rulesOf('maria', ['devs'], 'shop'), 1);
  assert.equal(rulesOf('maria', ['devs'], 'other'), 0);
  assert.equal(rulesOf('system:serviceaccount:other:web', [], 'shop'), 1);
  assert.equal(rulesOf('system:serviceaccount:shop:web', [], 'shop'), 0);
  assert.equal(rulesOf('root', [], 'anywhere'), 1);
});

test('an aggregated role has the rules of those that carry its label', () => {
  const objects = bootstrapObjects as unknown as (RoleObject & { kind: string })[];
  const policy = new RbacPolicy({
    roles: [],
    clusterRoles: objects.filter((object) => object.kind === 'ClusterRole'),
    roleBindings: [bind('ClusterRole', 'view', [{ kind: 'User', name: 'maria' }], 'shop')],
    clusterRoleBindings: [],
  });
  const rules = [...policy.grants(user, 'shop')].map((grant) => grant.rule);
  const may = (attributes: Attributes): boolean => rules.some((rule) => ruleAllows(rule, attributes));
  assert.ok(may(ask('list', 'virtualservices', { group: 'networking.istio.io' })));
  assert.ok(!may(ask('create', 'virtualservices', { group: 'networking.istio.io' })));
  assert.ok(!may(ask('get', 'secrets')), 'viewers see no secrets');
});

test('covering rules finds the first permission that is not held', () => {
  const owned: PolicyRule[] = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }];
  assert.equal(firstUncovered(owned, [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]), undefined);
  assert.deepEqual(firstUncovered(owned, [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] }]), {
    verbs: ['delete'],
    apiGroups: [''],
    resources: ['pods'],
  });
  assert.notEqual(firstUncovered(owned, [{ verbs: ['*'], apiGroups: [''], resources: ['pods'] }]), undefined);
  const named: PolicyRule[] = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] }];
  assert.notEqual(firstUncovered(named, [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]), undefined);
});

const word = fc.constantFrom('get', 'list', '*');
const anyRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: fc.array(word, { minLength: 1, maxLength: 2 }),
  apiGroups: fc.array(fc.constantFrom('', 'apps', '*'), { minLength: 1, maxLength: 2 }),
  resources: fc.array(fc.constantFrom('pods', 'pods/log', '*'), { minLength: 1, maxLength: 2 }),
});

test('whatever a covered rule allows, the covering rules allow', () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 3 }), anyRule, (owned, wanted) => {
      if (firstUncovered(owned, [wanted]) !== undefined) return;
      for (const verb of ['get', 'list', 'delete']) {
        for (const resource of ['pods', 'pods/log', 'secrets']) {
          const attributes = ask(verb, resource);
          if (ruleAllows(wanted, attributes)) assert.ok(owned.some((rule) => ruleAllows(rule, attributes)));
        }
      }
    }),
  );
});
