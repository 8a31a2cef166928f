/** What is wrong with keys, certificates and authorities that only shows when OpenSSL reads them: found before a resource is taken into use. */
import { thrownMessage } from '@weft/core';
import type {
  CertificateRuntime,
  SecretRuntime,
  TlsContextRuntime,
  TlsParametersRuntime,
  ValidationRuntime,
} from '@weft/engine';
import { settingsOf } from '../transport/tls/context-parts.ts';
import { clusterTlsContexts, listenerTlsContexts } from '../transport/tls/contexts-of.ts';
import { createContext } from '../transport/tls/tls-settings.ts';
import type { DynamicResource } from './dynamic-resource.ts';

const ANY_PARAMETERS: TlsParametersRuntime = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  curves: undefined,
  signatureAlgorithms: undefined,
};

/** Why a resource cannot be used; undefined when it can. */
export function findTlsProblem({ typeName, runtime }: DynamicResource): string | undefined {
  switch (typeName) {
    case 'envoy.config.listener.v3.Listener':
      return findContextProblem(listenerTlsContexts(runtime));
    case 'envoy.config.cluster.v3.Cluster':
      return findContextProblem(clusterTlsContexts(runtime));
    case 'envoy.extensions.transport_sockets.tls.v3.Secret':
      return findSecretProblem(runtime);
    case 'envoy.config.endpoint.v3.ClusterLoadAssignment':
    case 'envoy.config.route.v3.RouteConfiguration':
    case 'envoy.service.runtime.v3.Runtime':
      return undefined;
  }
}

function findSecretProblem(secret: SecretRuntime): string | undefined {
  if (secret.kind === 'certificate') return tryContext(ANY_PARAMETERS, [secret.certificate], undefined);
  return secret.kind === 'validation' ? tryContext(ANY_PARAMETERS, [], secret.validation) : undefined;
}

function findContextProblem(contexts: readonly TlsContextRuntime[]): string | undefined {
  for (const { parameters, certificates, validation } of contexts) {
    // What comes by SDS is judged when it comes.
    const problem = tryContext(parameters, certificates.flatMap(inlineOf), validation && inlineOf(validation)[0]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function inlineOf<T>(source: { readonly kind: 'inline'; readonly value: T } | { readonly kind: string }): readonly T[] {
  return source.kind === 'inline' && 'value' in source ? [source.value] : [];
}

function tryContext(
  parameters: TlsParametersRuntime,
  certificates: readonly CertificateRuntime[],
  validation: ValidationRuntime | undefined,
): string | undefined {
  try {
    createContext(settingsOf(parameters, [], { certificates, validation }));
    return undefined;
  } catch (thrown: unknown) {
    return `its keys and certificates cannot be used: ${thrownMessage(thrown)}`;
  }
}
