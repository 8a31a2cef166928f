/** Why a response is not simply the upstream's; the order gives each flag its bit. Short and long names as Envoy's (response_flags of stream info). */
const FLAGS = [
  ['failedLocalHealthCheck', 'LH', 'FailedLocalHealthCheck'],
  ['noHealthyUpstream', 'UH', 'NoHealthyUpstream'],
  ['upstreamRequestTimeout', 'UT', 'UpstreamRequestTimeout'],
  ['localReset', 'LR', 'LocalReset'],
  ['upstreamRemoteReset', 'UR', 'UpstreamRemoteReset'],
  ['upstreamConnectionFailure', 'UF', 'UpstreamConnectionFailure'],
  ['upstreamConnectionTermination', 'UC', 'UpstreamConnectionTermination'],
  ['upstreamOverflow', 'UO', 'UpstreamOverflow'],
  ['noRouteFound', 'NR', 'NoRouteFound'],
  ['delayInjected', 'DI', 'DelayInjected'],
  ['faultInjected', 'FI', 'FaultInjected'],
  ['rateLimited', 'RL', 'RateLimited'],
  ['unauthorizedExternalService', 'UAEX', 'UnauthorizedExternalService'],
  ['rateLimitServiceError', 'RLSE', 'RateLimitServiceError'],
  ['downstreamConnectionTermination', 'DC', 'DownstreamConnectionTermination'],
  ['upstreamRetryLimitExceeded', 'URX', 'UpstreamRetryLimitExceeded'],
  ['streamIdleTimeout', 'SI', 'StreamIdleTimeout'],
  ['invalidEnvoyRequestHeaders', 'IH', 'InvalidEnvoyRequestHeaders'],
  ['downstreamProtocolError', 'DPE', 'DownstreamProtocolError'],
  ['upstreamMaxStreamDurationReached', 'UMSDR', 'UpstreamMaxStreamDurationReached'],
  ['responseFromCacheFilter', 'RFCF', 'ResponseFromCacheFilter'],
  ['noFilterConfigFound', 'NFCF', 'NoFilterConfigFound'],
  ['durationTimeout', 'DT', 'DurationTimeout'],
  ['upstreamProtocolError', 'UPE', 'UpstreamProtocolError'],
  ['noClusterFound', 'NC', 'NoClusterFound'],
  ['overloadManager', 'OM', 'OverloadManagerTerminated'],
  ['dnsResolutionFailed', 'DF', 'DnsResolutionFailed'],
  ['dropOverload', 'DO', 'DropOverload'],
  ['downstreamRemoteReset', 'DR', 'DownstreamRemoteReset'],
  ['unconditionalDropOverload', 'UDO', 'UnconditionalDropOverload'],
] as const;

/** The name of a flag in code. */
export type ResponseFlagName = (typeof FLAGS)[number][0];

/** The bit of each flag; a stream's flags are the sum of its bits (there are at most 31). */
export const ResponseFlag = Object.fromEntries(FLAGS.map(([name], i) => [name, 1 << i])) as Readonly<
  Record<ResponseFlagName, number>
>;

const RETRY_LIMIT_EXCEEDED = FLAGS.find(([name]) => name === 'upstreamRetryLimitExceeded')!;

/** The short names of Envoy, for the check of configured flags. */
export const RESPONSE_FLAG_TEXTS: ReadonlyMap<string, number> = new Map(FLAGS.map(([, short], i) => [short, 1 << i]));

/** `%RESPONSE_FLAGS%`: the short names joined by `,`, or `-`. */
export function formatResponseFlags(flags: number, isHttp: boolean): string {
  return joinFlags(flags, 1, isHttp);
}

/** `%RESPONSE_FLAGS_LONG%`. */
export function formatResponseFlagsLong(flags: number, isHttp: boolean): string {
  return joinFlags(flags, 2, isHttp);
}

/** Envoy writes flags in the order in which they come: that there are no more retries is known before the cause goes to an HTTP client. */
function joinFlags(flags: number, column: 1 | 2, isHttp: boolean): string {
  if (flags === 0) return '-';
  const first = isHttp ? flags & ResponseFlag.upstreamRetryLimitExceeded : 0;
  let out: string = first === 0 ? '' : RETRY_LIMIT_EXCEEDED[column];
  for (let i = 0; i < FLAGS.length; i++) {
    if (((flags ^ first) & (1 << i)) !== 0) out += out === '' ? FLAGS[i]![column] : `,${FLAGS[i]![column]}`;
  }
  return out;
}
