import type { ProxyProtocolConfig } from '@weft/proto/envoy/config/core/v3/proxy_protocol';
import type { CompileContext } from './context.ts';
import { supports } from './support.ts';

/** What is supported of the PROXY protocol in front of what goes upstream. */
export const PROXY_PROTOCOL_SUPPORT = [
  supports<ProxyProtocolConfig>('envoy.config.core.v3.ProxyProtocolConfig', {
    version: true,
    passThroughTlvs: 'values of the downstream PROXY protocol are not passed on: leave it out',
    addedTlvs: 'only the addresses are told: leave it out',
  }),
];

/** The version of the PROXY protocol to send. */
export type ProxyProtocolVersion = 'v1' | 'v2';

/** By the number of the enum. */
const VERSIONS: readonly ProxyProtocolVersion[] = ['v1', 'v2'];

/** Compiles a PROXY protocol configuration; undefined when there was a problem. */
export function compileProxyProtocol(
  message: ProxyProtocolConfig,
  path: string,
  context: CompileContext,
): ProxyProtocolVersion | undefined {
  if (message.passThroughTlvs !== undefined) {
    context.problems.add(`${path}.pass_through_tlvs`, 'is not supported: leave it out');
    return undefined;
  }
  const version = VERSIONS[message.version];
  if (version === undefined) context.problems.add(`${path}.version`, `${message.version} is neither V1 nor V2`);
  return version;
}
