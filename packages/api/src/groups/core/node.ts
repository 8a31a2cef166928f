import { type ApiObject, type Column, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, type IssueReport } from '../../schema/index.ts';
import { cidrProblems } from '../../validation/ip.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../validation/names.ts';
import { ageColumn, alwaysPresent, joinOrNone, NONE } from '../meta/index.ts';
import { type NodeSpec, type NodeStatus, nodeSpec, nodeStatus } from './node-spec.ts';
import { canonicalizeResources } from './resources.ts';

interface NodeParts {
  readonly spec?: NodeSpec;
  readonly status?: NodeStatus;
}

const as = (object: ApiObject): NodeParts => object as NodeParts;
const specPath = FieldPath.root.child('spec');
const UNKNOWN = '<unknown>';
const ROLE_PREFIX = 'node-role.kubernetes.io/';
const OLD_ROLE_LABEL = 'kubernetes.io/role';

/** A machine that runs pods. */
export const node = defineBuiltin({
  group: '',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  scope: 'Cluster',
  hasGeneration: false,
  hasStatus: true,
  description: 'A machine that runs pods.',
  fields: { spec: alwaysPresent(nodeSpec), status: alwaysPresent(nodeStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Status', type: 'string', description: 'Whether the node takes pods.', value: (o) => statusOf(as(o)) },
    { name: 'Roles', type: 'string', description: 'Roles of the node.', value: (o) => roles(o) },
    ageColumn,
    {
      name: 'Version',
      type: 'string',
      description: 'Version of the node agent.',
      value: (o) => as(o).status?.nodeInfo?.kubeletVersion ?? '',
    },
    addressColumn('Internal-IP', 'InternalIP', 'Address inside the cluster.'),
    addressColumn('External-IP', 'ExternalIP', 'Address outside the cluster.'),
    infoColumn('OS-Image', 'osImage', 'Operating system.'),
    infoColumn('Kernel-Version', 'kernelVersion', 'Version of the kernel.'),
    infoColumn('Container-Runtime', 'containerRuntimeVersion', 'Container runtime.'),
  ],
  applyDefaults({ spec, status }) {
    if (spec?.podCIDR !== undefined && spec.podCIDR !== '') spec.podCIDRs ??= [spec.podCIDR];
    canonicalizeResources(status?.capacity);
    if (status?.capacity !== undefined) status.allocatable ??= { ...status.capacity };
    canonicalizeResources(status?.allocatable);
  },
  check({ spec = {} }, report, context) {
    checkNode(spec, report);
    const old = context.old?.['spec'] as NodeSpec | undefined;
    if ((old?.podCIDR ?? '') !== '' && old?.podCIDR !== spec.podCIDR) {
      report.forbidden(specPath.child('podCIDRs'), 'node updates may not change podCIDR except from "" to valid');
    }
    if ((old?.providerID ?? '') !== '' && old?.providerID !== spec.providerID) {
      report.forbidden(specPath.child('providerID'), 'node updates may not change providerID except from "" to valid');
    }
  },
});

/** A machine that runs pods. */
export type Node = ObjectOf<typeof node>;

function statusOf({ spec, status }: NodeParts): string {
  const ready = (status?.conditions ?? []).find((condition) => condition.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec?.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function roles(object: ApiObject): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === OLD_ROLE_LABEL && value !== '') found.add(value);
  }
  return joinOrNone([...found].toSorted());
}

function addressColumn(name: string, type: string, description: string): Column {
  return {
    name,
    type: 'string',
    priority: 1,
    description,
    value: (o) => (as(o).status?.addresses ?? []).find((one) => one.type === type)?.address ?? NONE,
  };
}

function infoColumn(
  name: string,
  field: 'osImage' | 'kernelVersion' | 'containerRuntimeVersion',
  description: string,
): Column {
  return { name, type: 'string', priority: 1, description, value: (o) => as(o).status?.nodeInfo?.[field] || UNKNOWN };
}

function checkNode(spec: NodeSpec, report: IssueReport): void {
  const seen = new Set<string>();
  for (const [i, { key, value = '', effect }] of (spec.taints ?? []).entries()) {
    const at = specPath.child('taints').index(i);
    for (const problem of qualifiedNameProblems(key)) report.invalid(at.child('key'), key, problem);
    for (const problem of labelValueProblems(value)) report.invalid(at.child('value'), value, problem);
    const id = `${key}:${effect}`;
    if (seen.has(id)) report.duplicate(at, { key, effect }, 'taints must be unique by key and effect pair');
    seen.add(id);
  }
  const blocks = spec.podCIDRs ?? [];
  for (const [i, block] of blocks.entries()) {
    for (const problem of cidrProblems(block)) report.invalid(specPath.child('podCIDRs').index(i), block, problem);
  }
  if (blocks.length > 2)
    report.invalid(specPath.child('podCIDRs'), blocks, 'may specify no more than one CIDR for each IP family');
  if (spec.podCIDR !== undefined && spec.podCIDR !== '' && blocks[0] !== spec.podCIDR) {
    report.invalid(specPath.child('podCIDRs').index(0), blocks[0], 'must match `podCIDR`');
  }
}
