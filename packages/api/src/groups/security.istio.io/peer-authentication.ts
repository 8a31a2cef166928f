/** Whether workloads ask their clients for mutual TLS. */
import { defineKind, type ObjectMeta, type ObjectOf, specPath } from '../../kind/index.ts';
import {
  enumeration,
  type InferProperties,
  type IssueReport,
  map,
  object,
  type SchemaRule,
} from '../../schema/index.ts';
import { istioStatus } from '../networking.istio.io/status.ts';
import { ageColumn } from '../networking.istio.io/versions.ts';
import { checkMatchLabelsSelector, matchLabelsSelector } from '../networking.istio.io/workload-selector.ts';
import { SECURITY_GROUP, securityCategories, securityVersions } from './versions.ts';

const mutualTls = object('Whether clients must, may or cannot use mutual TLS.', {
  mode: enumeration(
    'STRICT asks for it, PERMISSIVE takes both, DISABLE takes plain text; UNSET leaves it to the wider policy.',
    ['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'],
  ),
});

const PORT = /^[1-9]\d{0,4}$/;

const specFields = {
  selector: matchLabelsSelector,
  mtls: mutualTls,
  portLevelMtls: map('Exceptions for single ports of the workload, by port number.', mutualTls, {
    minProperties: 1,
    rules: [
      {
        message: 'port must be between 1-65535',
        cel: 'self.all(key, 0 < int(key) && int(key) <= 65535)',
        check: (ports) => Object.keys(ports).every((port) => PORT.test(port) && Number(port) <= 65535),
      },
    ],
  }),
} as const;

type Spec = InferProperties<typeof specFields>;

const portsNeedSelector: SchemaRule<Spec> = {
  message: 'portLevelMtls requires selector',
  cel: '!has(self.portLevelMtls) || (has(self.selector) && has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0)',
  check: (spec) => spec.portLevelMtls === undefined || Object.keys(spec.selector?.matchLabels ?? {}).length > 0,
};

function checkPeerAuthentication(
  policy: { readonly metadata: ObjectMeta; readonly spec?: Spec },
  report: IssueReport,
): void {
  checkMatchLabelsSelector(policy.spec?.selector, specPath.child('selector'), report);
}

/** Whether the workloads of the mesh, a namespace or a selection ask their clients for mutual TLS. */
export const peerAuthentication = defineKind({
  group: SECURITY_GROUP,
  kind: 'PeerAuthentication',
  plural: 'peerauthentications',
  shortNames: ['pa'],
  categories: securityCategories,
  scope: 'Namespaced',
  description: 'Whether the workloads of the mesh, a namespace or a selection ask their clients for mutual TLS.',
  fields: {
    spec: object('Which workloads ask for mutual TLS.', specFields, { rules: [portsNeedSelector] }),
    status: istioStatus,
  },
  versions: securityVersions,
  hasStatus: true,
  columns: [
    { name: 'Mode', type: 'string', value: '.spec.mtls.mode', description: 'Whether mutual TLS is asked for.' },
    ageColumn,
  ],
  check: checkPeerAuthentication,
});

/** A PeerAuthentication object. */
export type PeerAuthentication = ObjectOf<typeof peerAuthentication>;
