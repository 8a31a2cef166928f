import type { RouteAction_RequestMirrorPolicy } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileRuntimeFraction } from '../compile/matchers/fraction.ts';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import { compileMutationSteps, type MutationStep } from '../headers/mutation-steps.ts';
import { asciiLower } from '../match/ascii.ts';
import { hitsRuntimeFraction, type RuntimeFraction } from '../match/fraction.ts';
import { wireText } from '../match/wire-text.ts';
import type { Trace } from '../trace/trace.ts';
import type { RequestView } from '../view/request-view.ts';
import type { RouteCompileContext } from './context.ts';
import { firstValue } from './first-value.ts';
import type { RouteInput } from './route-input.ts';

/** What is supported of mirror policies. */
export const MIRROR_SUPPORT = [
  supports<RouteAction_RequestMirrorPolicy>('envoy.config.route.v3.RouteAction.RequestMirrorPolicy', {
    cluster: true,
    clusterHeader: true,
    runtimeFraction: true,
    traceSampled: withoutEffect('spans are not made, and without them Envoy does nothing with it either'),
    disableShadowHostSuffixAppend: true,
    hostRewriteLiteral: true,
    requestHeadersMutations: true,
  }),
];

/** A compiled mirror policy. */
export interface MirrorPolicyRuntime {
  /** Empty where a header names the cluster. */
  readonly clusterName: string;
  /** In lower case; empty without one. */
  readonly clusterHeader: string;
  /** Undefined mirrors every request. */
  readonly fraction: RuntimeFraction | undefined;
  /** Whether the copy's span is sampled; undefined does as the request's span. */
  readonly isTraceSampled: boolean | undefined;
  /** The host of the copy; empty for that of the request. */
  readonly host: string;
  /** Whether `-shadow` is appended to the host of the request. */
  readonly appendsShadowSuffix: boolean;
  /** What is changed of the copy's headers. */
  readonly headers: readonly MutationStep[];
}

/** A copy to send. */
export interface MirrorPick {
  readonly clusterName: string;
  readonly policy: MirrorPolicyRuntime;
}

/** Compiles the mirror policies of one level; undefined when there was a problem. */
export function compileMirrorPolicies(
  messages: readonly RouteAction_RequestMirrorPolicy[],
  path: string,
  context: RouteCompileContext,
): readonly MirrorPolicyRuntime[] | undefined {
  return compileList(messages, path, (message, at) => compilePolicy(message, at, context));
}

function compilePolicy(
  message: RouteAction_RequestMirrorPolicy,
  path: string,
  context: RouteCompileContext,
): MirrorPolicyRuntime | undefined {
  if ((message.cluster === '') === (message.clusterHeader === '')) {
    context.problems.add(path, 'needs either a cluster or a cluster_header');
    return undefined;
  }
  let fraction: RuntimeFraction | undefined;
  if (message.runtimeFraction !== undefined) {
    fraction = compileRuntimeFraction(message.runtimeFraction, `${path}.runtime_fraction`, context);
    if (fraction === undefined) return undefined;
  }
  const at = `${path}.request_headers_mutations`;
  const headers = compileMutationSteps(message.requestHeadersMutations, at, context);
  if (headers === undefined) return undefined;
  return Object.freeze({
    clusterName: message.cluster,
    clusterHeader: asciiLower(message.clusterHeader),
    fraction,
    isTraceSampled: message.traceSampled,
    host: wireText(message.hostRewriteLiteral),
    appendsShadowSuffix: !message.disableShadowHostSuffixAppend,
    headers,
  });
}

const NONE: readonly MirrorPick[] = Object.freeze([]);

/** The copies to send of a request. */
export function pickMirrors(
  policies: readonly MirrorPolicyRuntime[],
  request: RequestView,
  input: RouteInput,
  trace?: Trace,
): readonly MirrorPick[] {
  if (policies.length === 0) return NONE;
  const picks: MirrorPick[] = [];
  for (const policy of policies) {
    const isHit =
      policy.fraction === undefined || hitsRuntimeFraction(policy.fraction, input.randomValue, input.runtime);
    const clusterName =
      policy.clusterHeader === '' ? policy.clusterName : (firstValue(request, policy.clusterHeader) ?? '');
    const isChosen = isHit && clusterName !== '';
    if (isChosen) picks.push({ clusterName, policy });
    if (trace === undefined) continue;
    const why = !isHit ? 'random value outside the fraction' : isChosen ? 'request is mirrored' : 'no cluster named';
    trace.step({ kind: 'mirror', name: clusterName, outcome: isChosen ? 'chosen' : 'skipped', why });
  }
  return picks;
}

/** The host of a copy. */
export function mirrorHost({ host, appendsShadowSuffix }: MirrorPolicyRuntime, authority: string): string {
  if (host !== '') return host;
  return appendsShadowSuffix ? shadowHost(authority) : authority;
}

/** `-shadow` goes before the port. */
export function shadowHost(authority: string): string {
  const colon = authority.lastIndexOf(':');
  const hasPort = colon > 0 && authority.lastIndexOf(']') < colon && /^[0-9]+$/.test(authority.slice(colon + 1));
  return hasPort ? `${authority.slice(0, colon)}-shadow${authority.slice(colon)}` : `${authority}-shadow`;
}
