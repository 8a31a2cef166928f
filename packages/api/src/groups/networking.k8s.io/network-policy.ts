import { cidrStrictlyContains, parseCidr } from '@weft/core';
import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import {
  enumeration,
  FieldPath,
  type Infer,
  type IssueReport,
  integer,
  intOrString,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { cidrProblems } from '../../validation/ip.ts';
import { checkLabelSelector, formatLabelSelector, labelSelector } from '../../validation/label-selector.ts';
import { checkPort, checkPortNumberOrName } from '../../validation/port-name.ts';
import { ageColumn, alwaysPresent, stringList } from '../meta/index.ts';

const NETWORKING = 'io.k8s.api.networking.v1';
const specPath = FieldPath.root.child('spec');

const port = object(
  'A port that traffic may use.',
  {
    protocol: enumeration('Transport of the port.', ['SCTP', 'TCP', 'UDP'], { default: 'TCP' }),
    port: intOrString('Port number or name of a container port; every port when absent.', {
      name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    }),
    endPort: integer('Last port of a range that begins at port.'),
  },
  { name: `${NETWORKING}.NetworkPolicyPort` },
);

const peer = object(
  'Where traffic may come from or go to.',
  {
    podSelector: labelSelector('Pods, in the own namespace or in those of namespaceSelector.'),
    namespaceSelector: labelSelector('Namespaces.'),
    ipBlock: object(
      'A block of addresses.',
      {
        cidr: required(string('The block.')),
        except: stringList('Smaller blocks that are left out.', 'A CIDR block.'),
      },
      { name: `${NETWORKING}.IPBlock` },
    ),
  },
  { name: `${NETWORKING}.NetworkPolicyPeer` },
);

const ports = list('Ports; every port when empty.', port, { listType: 'atomic' });

const networkPolicySpec = object(
  'Which traffic is allowed for which pods.',
  {
    podSelector: alwaysPresent(labelSelector('Pods that the policy is for; all when empty.')),
    ingress: list(
      'Traffic that may come in.',
      object(
        'Allowed traffic.',
        { ports, from: list('Sources; everywhere when empty.', peer, { listType: 'atomic' }) },
        { name: `${NETWORKING}.NetworkPolicyIngressRule` },
      ),
      { listType: 'atomic' },
    ),
    egress: list(
      'Traffic that may go out.',
      object(
        'Allowed traffic.',
        { ports, to: list('Destinations; everywhere when empty.', peer, { listType: 'atomic' }) },
        { name: `${NETWORKING}.NetworkPolicyEgressRule` },
      ),
      { listType: 'atomic' },
    ),
    policyTypes: list('Directions that the policy is for.', enumeration('A direction.', ['Egress', 'Ingress']), {
      listType: 'atomic',
    }),
  },
  { name: `${NETWORKING}.NetworkPolicySpec` },
);

/** Which traffic is allowed for which pods. */
export type NetworkPolicySpec = Infer<typeof networkPolicySpec>;

/** Limits the traffic of pods. */
export const networkPolicy = defineBuiltin({
  group: 'networking.k8s.io',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  description: 'Limits the traffic of pods to what is allowed.',
  fields: { spec: alwaysPresent(networkPolicySpec) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Pod-Selector',
      type: 'string',
      description: 'Pods that the policy is for.',
      value: (object) => formatLabelSelector((object['spec'] as NetworkPolicySpec | undefined)?.podSelector),
    },
    ageColumn,
  ],
  applyDefaults({ spec }) {
    if (spec === undefined || (spec.policyTypes ?? []).length > 0) return;
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  check({ spec }, report) {
    if (spec !== undefined) checkNetworkPolicy(spec, report);
  },
});

/** Limits the traffic of pods. */
export type NetworkPolicy = ObjectOf<typeof networkPolicy>;

function checkNetworkPolicy(spec: NetworkPolicySpec, report: IssueReport): void {
  checkLabelSelector(specPath.child('podSelector'), spec.podSelector, report);
  for (const [i, rule] of (spec.ingress ?? []).entries()) {
    const at = specPath.child('ingress').index(i);
    checkPorts(at.child('ports'), rule.ports ?? [], report);
    checkPeers(at.child('from'), rule.from ?? [], report);
  }
  for (const [i, rule] of (spec.egress ?? []).entries()) {
    const at = specPath.child('egress').index(i);
    checkPorts(at.child('ports'), rule.ports ?? [], report);
    checkPeers(at.child('to'), rule.to ?? [], report);
  }
  const types = spec.policyTypes ?? [];
  if (types.length > 2) {
    report.invalid(specPath.child('policyTypes'), types, 'may not specify more than two policyTypes');
  }
}

function checkPorts(path: FieldPath, all: readonly Infer<typeof port>[], report: IssueReport): void {
  for (const [i, { port: value, endPort }] of all.entries()) {
    const at = path.index(i);
    if (value !== undefined) checkPortNumberOrName(at.child('port'), value, report);
    if (endPort === undefined) continue;
    const end = at.child('endPort');
    if (value === undefined) report.required(at.child('port'), 'must be specified when `endPort` is specified');
    else if (typeof value === 'string') report.invalid(end, endPort, 'may not be specified when `port` is non-numeric');
    else if (endPort < value) report.invalid(end, endPort, 'must be greater than or equal to `port`');
    checkPort(end, endPort, report);
  }
}

function checkPeers(path: FieldPath, peers: readonly Infer<typeof peer>[], report: IssueReport): void {
  for (const [i, { podSelector, namespaceSelector, ipBlock }] of peers.entries()) {
    const at = path.index(i);
    if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined) {
      report.required(at, 'must specify a peer');
    } else if (ipBlock !== undefined && (podSelector !== undefined || namespaceSelector !== undefined)) {
      report.forbidden(at, 'may not specify both ipBlock and another peer');
    }
    checkLabelSelector(at.child('podSelector'), podSelector, report);
    checkLabelSelector(at.child('namespaceSelector'), namespaceSelector, report);
    if (ipBlock !== undefined) checkBlock(at.child('ipBlock'), ipBlock, report);
  }
}

function checkBlock(
  path: FieldPath,
  { cidr, except = [] }: { cidr: string; except?: string[] },
  report: IssueReport,
): void {
  if (cidr === '') {
    report.required(path.child('cidr'));
    return;
  }
  for (const problem of cidrProblems(cidr)) report.invalid(path.child('cidr'), cidr, problem);
  const outer = parseCidr(cidr);
  for (const [i, text] of except.entries()) {
    const at = path.child('except').index(i);
    for (const problem of cidrProblems(text)) report.invalid(at, text, problem);
    const inner = parseCidr(text);
    if (outer !== undefined && inner !== undefined && !cidrStrictlyContains(outer, inner)) {
      report.invalid(at, text, 'must be a strict subset of `cidr`');
    }
  }
}
