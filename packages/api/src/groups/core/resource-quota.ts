import { parseQuantity } from '@weft/core';
import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { enumeration, FieldPath, type Infer, type IssueReport, list, object, required } from '../../schema/index.ts';
import { deepEqual } from '../../validation/deep-equal.ts';
import { qualifiedNameProblems } from '../../validation/names.ts';
import { ageColumn, alwaysPresent, stringList } from '../meta/index.ts';
import { checkAmount } from './pod/resources.check.ts';
import { canonicalizeResources, resourceList } from './resources.ts';

const CORE = 'io.k8s.api.core.v1';
const specPath = FieldPath.root.child('spec');
const COUNTED: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]);
const COMPUTE: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
]);

const quotaScope = enumeration('Objects that are counted.', [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]);

const resourceQuotaSpec = object(
  'How much a namespace may use.',
  {
    hard: resourceList('Limits by resource.'),
    scopes: list('Objects that are counted; all when empty.', quotaScope, { listType: 'atomic' }),
    scopeSelector: object(
      'Objects that are counted, by the value of a scope.',
      {
        matchExpressions: list(
          'Conditions that must all hold.',
          object(
            'A condition.',
            {
              scopeName: required(quotaScope),
              operator: required(enumeration('Relation to the values.', ['DoesNotExist', 'Exists', 'In', 'NotIn'])),
              values: stringList('Values for In and NotIn.', 'A value.'),
            },
            { name: `${CORE}.ScopedResourceSelectorRequirement` },
          ),
          { listType: 'atomic' },
        ),
      },
      { name: `${CORE}.ScopeSelector`, mapType: 'atomic' },
    ),
  },
  { name: `${CORE}.ResourceQuotaSpec` },
);

const resourceQuotaStatus = object(
  'How much is used.',
  { hard: resourceList('Limits that are enforced.'), used: resourceList('What is used.') },
  { name: `${CORE}.ResourceQuotaStatus` },
);

/** How much a namespace may use. */
export type ResourceQuotaSpec = Infer<typeof resourceQuotaSpec>;

/** Limits what all objects of a namespace may use together. */
export const resourceQuota = defineBuiltin({
  group: '',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  scope: 'Namespaced',
  hasGeneration: false,
  hasStatus: true,
  description: 'Limits what all objects of a namespace may use together.',
  fields: { spec: alwaysPresent(resourceQuotaSpec), status: alwaysPresent(resourceQuotaStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Request',
      type: 'string',
      description: 'Requests and counts, used of allowed.',
      value: (o) => usage(o, false),
    },
    { name: 'Limit', type: 'string', description: 'Limits, used of allowed.', value: (o) => usage(o, true) },
    ageColumn,
  ],
  applyDefaults({ spec, status }) {
    canonicalizeResources(spec?.hard);
    canonicalizeResources(status?.hard);
    canonicalizeResources(status?.used);
  },
  check({ spec }, report, context) {
    if (spec === undefined) return;
    checkQuota(spec, report);
    const old = context.old?.['spec'] as ResourceQuotaSpec | undefined;
    if (old !== undefined && !deepEqual([...(old.scopes ?? [])].toSorted(), [...(spec.scopes ?? [])].toSorted())) {
      report.invalid(specPath.child('scopes'), spec.scopes ?? [], 'field is immutable');
    }
  },
});

/** Limits what all objects of a namespace may use together. */
export type ResourceQuota = ObjectOf<typeof resourceQuota>;

function usage(object: ApiObject, ofLimits: boolean): string {
  const status = object['status'] as Infer<typeof resourceQuotaStatus> | undefined;
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => name.includes('limits') === ofLimits)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, hard]) => `${name}: ${status?.used?.[name] ?? '0'}/${hard}`)
    .join(', ');
}

function checkQuota(spec: ResourceQuotaSpec, report: IssueReport): void {
  for (const [name, text] of Object.entries(spec.hard ?? {})) {
    const at = specPath.child('hard').key(name);
    for (const problem of quotaNameProblems(name)) report.invalid(at, name, problem);
    const amount = parseQuantity(text);
    if (amount === undefined) continue;
    checkAmount(at, name, amount, text, report);
    if ((COUNTED.has(name) || name.startsWith('count/')) && amount.nanos % 1_000_000_000n !== 0n) {
      report.invalid(at, text, 'must be an integer');
    }
  }
  checkScopes(spec, report);
}

function quotaNameProblems(name: string): string[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0 || name.includes('/') || COUNTED.has(name) || COMPUTE.has(name)) return problems;
  if (/^(requests\.|limits\.)?hugepages-/.test(name)) return [];
  return ['must be a standard resource for quota'];
}

function checkScopes(spec: ResourceQuotaSpec, report: IssueReport): void {
  const scopes = new Set<string>(spec.scopes);
  const path = specPath.child('scopes');
  for (const [a, b] of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ] as const) {
    if (scopes.has(a) && scopes.has(b)) report.invalid(path, spec.scopes, 'conflicting scopes');
  }
  for (const [i, { operator, values = [] }] of (spec.scopeSelector?.matchExpressions ?? []).entries()) {
    const at = specPath.child('scopeSelector', 'matchExpressions').index(i).child('values');
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues && values.length === 0) {
      report.required(at, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    }
    if (!needsValues && values.length > 0) {
      report.invalid(at, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
    }
  }
}
