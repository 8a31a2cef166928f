/** Policies of security as they hold for one workload (SEMANTICS 23, 25, 26). */
import type {
  AuthorizationPolicyIr,
  EffectiveAuthorization,
  EffectiveMtls,
  MeshSnapshot,
  MtlsMode,
  MtlsSetting,
  PeerAuthenticationIr,
  RequestAuthenticationIr,
} from '../model/index.ts';
import { isSelected } from '../names/labels.ts';
import { type PolicySubject, policiesFor } from './policies.ts';

type ConfigAndSettings = Pick<MeshSnapshot, 'config' | 'settings'>;

const DEFAULT: MtlsSetting = Object.freeze({ mode: 'PERMISSIVE' });

/**
 * Whether clients of a workload must, may or cannot speak mutual TLS. A policy for the workload beats that of its namespace,
 * which beats that of the mesh; of several at one level the oldest counts; UNSET leaves it to the next level.
 */
export function effectiveMtls(
  { config, settings }: ConfigAndSettings,
  { namespace, labels }: PolicySubject,
): EffectiveMtls {
  const { rootNamespace } = settings;
  const ofMesh = widePolicy(config.peerAuthentications.get(rootNamespace));
  if (namespace === rootNamespace) return withPorts(settle(ofMesh, DEFAULT), undefined);
  const own = config.peerAuthentications.get(namespace);
  const ofNamespace = settle(widePolicy(own), settle(ofMesh, DEFAULT));
  const ofWorkload = own?.find(({ selector }) => selector !== undefined && isSelected(selector, labels));
  return withPorts(settle(ofWorkload, ofNamespace), ofWorkload);
}

/** The oldest policy without a selector. */
function widePolicy(policies: readonly PeerAuthenticationIr[] = []): PeerAuthenticationIr | undefined {
  return policies.find(({ selector }) => selector === undefined);
}

function settle(policy: PeerAuthenticationIr | undefined, inherited: MtlsSetting): MtlsSetting {
  const mode = said(policy?.spec.mtls?.mode);
  return policy === undefined || mode === undefined ? inherited : Object.freeze({ mode, source: policy.ref });
}

function said(mode: 'UNSET' | MtlsMode | undefined): MtlsMode | undefined {
  return mode === 'UNSET' ? undefined : mode;
}

function withPorts(setting: MtlsSetting, policy: PeerAuthenticationIr | undefined): EffectiveMtls {
  const ports = new Map<number, MtlsSetting>();
  for (const [port, { mode }] of Object.entries(policy?.spec.portLevelMtls ?? {})) {
    const own = said(mode);
    ports.set(Number(port), own === undefined ? setting : Object.freeze({ mode: own, source: policy!.ref }));
  }
  return Object.freeze({ ...setting, ports });
}

/** The AuthorizationPolicies of a workload by action. */
export function authorizationFor(
  { config, settings }: ConfigAndSettings,
  subject: PolicySubject,
): EffectiveAuthorization {
  const all = policiesFor(config.authorizationPolicies, settings.rootNamespace, subject);
  const ofAction = (wanted: NonNullable<AuthorizationPolicyIr['spec']['action']>): readonly AuthorizationPolicyIr[] =>
    all.filter(({ spec }) => (spec.action ?? 'ALLOW') === wanted);
  return { custom: ofAction('CUSTOM'), deny: ofAction('DENY'), allow: ofAction('ALLOW'), audit: ofAction('AUDIT') };
}

/** The RequestAuthentications of a workload. */
export function requestAuthenticationsFor(
  { config, settings }: ConfigAndSettings,
  subject: PolicySubject,
): readonly RequestAuthenticationIr[] {
  return policiesFor(config.requestAuthentications, settings.rootNamespace, subject);
}
