import type { HttpConnectionManager } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { CustomHeaderConfig } from '@weft/proto/envoy/extensions/http/original_ip_detection/custom_header/v3/custom_header';
import type { XffConfig, XffTrustedCidrs } from '@weft/proto/envoy/extensions/http/original_ip_detection/xff/v3/xff';
import type { HttpStatus } from '@weft/proto/envoy/type/v3/http_status';
import { compileCidrRanges } from '../compile/matchers/cidr-range.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import { asciiLower } from '../match/ascii.ts';
import { type CidrSet, compileCidrSet } from '../match/cidr-set.ts';

const XFF = 'envoy.extensions.http.original_ip_detection.xff.v3';
const CUSTOM_HEADER = 'envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig';

/** What is supported of the ways to find out who the client is. */
export const IP_DETECTION_SUPPORT = [
  supports<XffConfig>(`${XFF}.XffConfig`, { xffNumTrustedHops: true, xffTrustedCidrs: true, skipXffAppend: true }),
  supports<XffTrustedCidrs>(`${XFF}.XffTrustedCidrs`, { cidrs: true }),
  supports<CustomHeaderConfig>(CUSTOM_HEADER, {
    headerName: true,
    allowExtensionToSetAddressAsTrusted: true,
    rejectWithStatus: true,
  }),
];

/** A way to find out who the client is. */
export type IpDetectionRuntime =
  /** x-forwarded-for, of which the last addresses are those of proxies: a number of them. */
  | { readonly kind: 'hops'; readonly trustedHops: number; readonly appendsPeer: boolean }
  /** x-forwarded-for, of which the last addresses are those of proxies: all within these ranges, as the peer has to be. */
  | { readonly kind: 'ranges'; readonly trusted: CidrSet; readonly appendsPeer: boolean }
  | {
      readonly kind: 'header';
      /** In lower case. */
      readonly name: string;
      /** Whether the address may make a request internal. */
      readonly isTrusted: boolean;
      /** What a request without an address there is answered; undefined takes it. */
      readonly rejectStatus: number | undefined;
    };

/** All ways to find out who the client is. */
export const IP_DETECTIONS: ExtensionCategory<IpDetectionRuntime> = {
  name: 'envoy.http.original_ip_detection',
  what: 'original IP detection',
  supported: [
    {
      name: 'envoy.http.original_ip_detection.xff',
      typeName: `${XFF}.XffConfig`,
      compile: (message, path, context) => compileXff(message as XffConfig, path, context),
    },
    {
      name: 'envoy.http.original_ip_detection.custom_header',
      typeName: CUSTOM_HEADER,
      compile: (message, path, context) => compileHeader(message as CustomHeaderConfig, path, context),
    },
  ],
  refused: {},
};

/** Compiles the extensions of a connection manager, to be asked in turn; problems are reported, and what they are about left out. */
export function compileIpDetections(
  message: HttpConnectionManager,
  path: string,
  context: ConfigContext,
): readonly IpDetectionRuntime[] {
  const at = `${path}.original_ip_detection_extensions`;
  const { originalIpDetectionExtensions: extensions } = message;
  if (extensions.length > 0 && message.useRemoteAddress === true) {
    context.problems.add(at, 'cannot be used with use_remote_address');
  }
  if (extensions.length > 0 && message.xffNumTrustedHops > 0) {
    context.problems.add(at, 'cannot be used with xff_num_trusted_hops: give it to the xff extension');
  }
  const compiled = compileList(
    extensions,
    at,
    ({ name, typedConfig }, own) => compileExtension(IP_DETECTIONS, { name, typedConfig }, own, context)?.config,
  );
  return Object.freeze(compiled ?? []);
}

function compileXff(message: XffConfig, path: string, context: ConfigContext): IpDetectionRuntime | undefined {
  const { xffNumTrustedHops: trustedHops, xffTrustedCidrs, skipXffAppend } = message;
  const appendsPeer = skipXffAppend === false;
  if (xffTrustedCidrs === undefined) return Object.freeze({ kind: 'hops', trustedHops, appendsPeer });
  if (trustedHops > 0) {
    context.problems.add(path, 'xff_num_trusted_hops and xff_trusted_cidrs may not both be set');
    return undefined;
  }
  const ranges = compileCidrRanges(xffTrustedCidrs.cidrs, `${path}.xff_trusted_cidrs.cidrs`, context);
  return ranges && Object.freeze({ kind: 'ranges', trusted: compileCidrSet(ranges), appendsPeer });
}

function compileHeader(
  message: CustomHeaderConfig,
  path: string,
  context: ConfigContext,
): IpDetectionRuntime | undefined {
  const { headerName, allowExtensionToSetAddressAsTrusted: isTrusted, rejectWithStatus } = message;
  if (headerName === '') return isMissing(path, 'header_name', context);
  const rejectStatus = rejectWithStatus && rejectionOf(rejectWithStatus);
  return Object.freeze({ kind: 'header', name: asciiLower(headerName), isTrusted, rejectStatus });
}

const FORBIDDEN = 403;
const LAST_STATUS = 511;

/** A status that is no error is taken for 403, as in Envoy. */
function rejectionOf({ code }: HttpStatus): number {
  return code < 400 || code > LAST_STATUS ? FORBIDDEN : code;
}
