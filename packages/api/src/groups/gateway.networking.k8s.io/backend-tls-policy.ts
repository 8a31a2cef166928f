/** TLS between Gateways and backends. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { enumeration, type InferProperties, list, object, required, type SchemaRule } from '../../schema/index.ts';
import { ageColumn } from './columns.ts';
import { localObjectReference } from './object-refs.ts';
import { policyTargets } from './policy-target.ts';
import { policyStatus } from './route-status.ts';
import { absoluteUri, hostname, preciseHostname, tlsOptions } from './scalars.ts';

interface AltName {
  readonly type: string;
  readonly hostname?: string | undefined;
  readonly uri?: string | undefined;
}

function altNameRules(type: string, title: string, member: 'hostname' | 'uri'): SchemaRule<AltName>[] {
  return [
    {
      message: `SubjectAltName element must contain ${title}, if Type is set to ${type}`,
      cel: `self.type != '${type}' || has(self.${member})`,
      check: (name) => name.type !== type || name[member] !== undefined,
    },
    {
      message: `SubjectAltName element must not contain ${title}, if Type is not set to ${type}`,
      cel: `self.type == '${type}' || !has(self.${member})`,
      check: (name) => name.type === type || name[member] === undefined,
    },
  ];
}

const subjectAltName = object(
  'A name that the certificate of the backend may carry.',
  {
    type: required(enumeration('What the name is.', ['Hostname', 'URI'])),
    hostname: hostname('DNS name, for Hostname.'),
    uri: absoluteUri('URI such as a SPIFFE id, for URI.'),
  },
  { rules: [...altNameRules('Hostname', 'Hostname', 'hostname'), ...altNameRules('URI', 'URI', 'uri')] },
);

const validationFields = {
  caCertificateRefs: list('Objects with the certificates of trusted authorities.', localObjectReference, {
    listType: 'atomic',
    maxItems: 8,
  }),
  wellKnownCACertificates: enumeration('Trusts the authorities that the system trusts.', ['System']),
  hostname: required(preciseHostname('Server name that is asked for, and that the certificate must carry.')),
  subjectAltNames: list('Names of which the certificate must carry one, in place of the host name.', subjectAltName, {
    listType: 'atomic',
    maxItems: 5,
  }),
} as const;

type Validation = InferProperties<typeof validationFields>;

const HAS_REFS = '(has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0)';

const authorityRules: readonly SchemaRule<Validation>[] = [
  {
    message: 'must not contain both CACertificateRefs and WellKnownCACertificates',
    cel: `!${HAS_REFS} || !has(self.wellKnownCACertificates)`,
    check: (validation) => !hasRefs(validation) || validation.wellKnownCACertificates === undefined,
  },
  {
    message: 'must specify either CACertificateRefs or WellKnownCACertificates',
    cel: `${HAS_REFS} || has(self.wellKnownCACertificates)`,
    check: (validation) => hasRefs(validation) || validation.wellKnownCACertificates !== undefined,
  },
];

function hasRefs(validation: Validation): boolean {
  return (validation.caCertificateRefs ?? []).length > 0;
}

/** Says how Gateways speak TLS to a backend, and whom they trust. */
export const backendTlsPolicy = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'BackendTLSPolicy',
  plural: 'backendtlspolicies',
  shortNames: ['btlspolicy'],
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Says how Gateways speak TLS to a backend, and whom they trust.',
  fields: {
    spec: required(
      object('Which backends are spoken to with TLS, and how.', {
        targetRefs: required(policyTargets('Backends, or ports of them, that the policy applies to.')),
        validation: required(
          object('How the certificate of the backend is checked.', validationFields, { rules: authorityRules }),
        ),
        options: tlsOptions('Further settings that the implementation understands.'),
      }),
    ),
    status: policyStatus,
  },
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1alpha3' }],
  hasStatus: true,
  columns: [ageColumn],
});

/** A BackendTLSPolicy. */
export type BackendTlsPolicy = ObjectOf<typeof backendTlsPolicy>;
