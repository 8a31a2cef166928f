import type {
  RetryPolicy_RetryHostPredicate,
  RetryPolicy_RetryPriority,
} from '@weft/proto/envoy/config/route/v3/route_components';
import type { OmitCanaryHostsPredicate } from '@weft/proto/envoy/extensions/retry/host/omit_canary_hosts/v3/omit_canary_hosts';
import type { OmitHostMetadataConfig } from '@weft/proto/envoy/extensions/retry/host/omit_host_metadata/v3/omit_host_metadata_config';
import type { PreviousHostsPredicate } from '@weft/proto/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts';
import type { PreviousPrioritiesConfig } from '@weft/proto/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config';
import { supports } from '../../compile/support.ts';
import type { MetadataSource } from '../../match/metadata-matcher.ts';
import type { RouteCompileContext } from '../context.ts';
import { unpackExtension } from '../extension.ts';

/** What is supported of the choice of hosts for retries. */
export const RETRY_HOST_SUPPORT = [
  supports<PreviousHostsPredicate>('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate', {}),
  supports<OmitCanaryHostsPredicate>('envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate', {}),
  supports<OmitHostMetadataConfig>('envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig', {
    metadataMatch: true,
  }),
  supports<PreviousPrioritiesConfig>(
    'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
    { updateFrequency: true },
  ),
];

/** A host that a retry must not use, if it can be helped. */
export type RetryHostPredicate =
  | { readonly kind: 'previousHosts' }
  | { readonly kind: 'omitCanaryHosts' }
  /** Hosts whose `envoy.lb` metadata has all of these. */
  | { readonly kind: 'omitHostMetadata'; readonly metadata: Readonly<Record<string, unknown>> };

/** Priorities that a retry avoids: those of the attempts before, looked at again after every so many. */
export interface RetryPriorityRuntime {
  readonly kind: 'previousPriorities';
  readonly updateFrequency: number;
}

/** Compiles host predicates; problems are reported, and their predicates left out. */
export function compileRetryHosts(
  messages: readonly RetryPolicy_RetryHostPredicate[],
  path: string,
  context: RouteCompileContext,
): readonly RetryHostPredicate[] {
  return messages.flatMap((message, i) => compileRetryHost(message, `${path}[${i}]`, context) ?? []);
}

function compileRetryHost(
  message: RetryPolicy_RetryHostPredicate,
  path: string,
  context: RouteCompileContext,
): RetryHostPredicate | undefined {
  const extension = { name: message.name, typedConfig: message.configType.value };
  const config = unpackExtension<PreviousHostsPredicate | OmitCanaryHostsPredicate | OmitHostMetadataConfig>(
    extension,
    path,
    context,
    [
      'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
      'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate',
      'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig',
    ],
  );
  switch (config?.$typeName) {
    case undefined:
      return undefined;
    case 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate':
      return { kind: 'previousHosts' };
    case 'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate':
      return { kind: 'omitCanaryHosts' };
    case 'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig':
      return { kind: 'omitHostMetadata', metadata: config.metadataMatch?.filterMetadata['envoy.lb'] ?? {} };
  }
}

/** Compiles the choice of priorities; undefined with a problem reported. */
export function compileRetryPriority(
  message: RetryPolicy_RetryPriority,
  path: string,
  context: RouteCompileContext,
): RetryPriorityRuntime | undefined {
  const extension = { name: message.name, typedConfig: message.configType.value };
  const config = unpackExtension<PreviousPrioritiesConfig>(extension, path, context, [
    'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
  ]);
  if (config === undefined) return undefined;
  if (config.updateFrequency > 0) return { kind: 'previousPriorities', updateFrequency: config.updateFrequency };
  context.problems.add(
    `${path}.typed_config.update_frequency`,
    `must be greater than 0, not ${config.updateFrequency}`,
  );
  return undefined;
}

/** Whether a host has an `envoy.lb` value, or a list with it. */
function hasValue(own: unknown, wanted: unknown): boolean {
  const text = JSON.stringify(wanted);
  return JSON.stringify(own) === text || (Array.isArray(own) && own.some((each) => JSON.stringify(each) === text));
}

/** What a predicate is asked about. */
export interface RetryHostCandidate {
  /** Identifies the host among those of the attempts before. */
  readonly address: string;
  readonly isCanary: boolean;
  /** By filter name. */
  readonly metadata: MetadataSource;
}

/** Whether a retry should look for another host than this one. */
export function refusesHost(
  predicates: readonly RetryHostPredicate[],
  host: RetryHostCandidate,
  attemptedAddresses: readonly string[],
): boolean {
  return predicates.some((predicate) => {
    if (predicate.kind === 'previousHosts') return attemptedAddresses.includes(host.address);
    if (predicate.kind === 'omitCanaryHosts') return host.isCanary;
    const own = (host.metadata['envoy.lb'] ?? {}) as Readonly<Record<string, unknown>>;
    const wanted = Object.entries(predicate.metadata);
    return wanted.length > 0 && wanted.every(([key, value]) => Object.hasOwn(own, key) && hasValue(own[key], value));
  });
}
