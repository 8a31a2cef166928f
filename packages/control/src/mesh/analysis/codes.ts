/** Every finding that a snapshot can have, with its weight. Codes are the reasons of conditions, so they do not change. */

type Severity = 'error' | 'warning' | 'info';

/** Code to how bad it is. */
export const FINDING_SEVERITIES = {
  // Services
  ConflictingHost: 'warning',
  DuplicatePort: 'error',
  UnresolvableTargetPort: 'error',
  AddressPoolExhausted: 'error',
  UnknownTrafficDistribution: 'warning',
  UnsupportedField: 'warning',
  UnsupportedKind: 'error',
  // Settings of the mesh
  InvalidMeshConfig: 'error',
  UnknownMeshConfigField: 'warning',
  // VirtualServices
  UnknownGateway: 'error',
  UnknownDestinationHost: 'error',
  UnknownDestinationPort: 'error',
  UnknownSubset: 'error',
  ShadowedHost: 'warning',
  DelegateNotFound: 'error',
  DelegateNotVisible: 'error',
  DelegateConflict: 'error',
  NestedDelegate: 'error',
  // Listeners of a proxy
  ListenerConflict: 'warning',
  UnusableListener: 'error',
  PortNotProxied: 'info',
  InvalidResource: 'error',
  // Routes of a proxy
  DuplicateDomain: 'warning',
  UnreachableRule: 'warning',
  IgnoredMatch: 'warning',
  UnusableRule: 'error',
  // DestinationRules
  UnknownHost: 'warning',
  DuplicateSubset: 'warning',
  UnmergedPolicy: 'warning',
  LostSubsets: 'warning',
  SubsetWithoutLabels: 'warning',
  CredentialIgnored: 'warning',
  // Gateways
  GatewayConflict: 'error',
  UnroutedServer: 'warning',
  // EnvoyFilters
  UnusablePatch: 'error',
  PatchWithoutMatch: 'info',
  // Workload policies
  UncheckedCondition: 'warning',
  ConditionForHttp: 'info',
  UnsupportedProvider: 'error',
  SelectorIgnored: 'warning',
  DuplicatePolicy: 'warning',
} as const satisfies Readonly<Record<string, Severity>>;

/** A kind of finding. */
export type FindingCode = keyof typeof FINDING_SEVERITIES;
