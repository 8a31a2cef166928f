import { ConnectionOption, TargetKind } from './head-scan.ts';
import { namesWhatMustStay } from './hop-by-hop.ts';
import type { ScannedRequestHead } from './scanned-request-head.ts';
import type { Http1Stats } from './stats.ts';
import { applyUnderscores, type UnderscoreAction } from './underscores.ts';
import { WireError, wireErrorInfo } from './wire-errors.ts';

/** Which valid requests a connection serves. */
export interface RequestPolicy {
  /** Whether HTTP/1.0 is served; otherwise it is answered with 426. */
  readonly acceptsHttp10: boolean;
  /** The authority of HTTP/1.0 requests without one; they are refused when it is empty. */
  readonly http10Host: string;
  /** Whether a target may be a whole URL; true unless given. */
  readonly allowsAbsoluteUrl?: boolean;
  readonly underscores: UnderscoreAction;
  readonly stats?: Http1Stats | undefined;
}

/** Why a request is not served. */
export interface Refusal {
  readonly status: number;
  /** Response code details. */
  readonly details: string;
  /** Whether the client broke the protocol. */
  readonly isInvalid: boolean;
}

const LOW_VERSION: Refusal = { status: 426, details: 'low_version', isInvalid: false };
const OTHER_VERSION: Refusal = { status: 426, details: 'low_version', isInvalid: true };
const NAMED_ORIGIN: Refusal = { status: 400, details: 'http1.connection_header_rejected', isInvalid: true };
const MISSING_HOST: Refusal = { status: 400, details: 'missing_host_header', isInvalid: false };
const FRAGMENT: Refusal = { status: 400, details: 'path_normalization_failed', isInvalid: false };
const ABSOLUTE_URL: Refusal = { status: 404, details: 'absolute_path_rejected', isInvalid: false };
/** A name has an underscore, in the head or in the trailers. */
export const UNDERSCORE: Refusal = { status: 400, details: 'http1.unexpected_underscore', isInvalid: true };

/** Applies the policy to a head that is valid; undefined if it is served. */
export function refusalOf(head: ScannedRequestHead, policy: RequestPolicy): Refusal | undefined {
  const { scan } = head;
  if (scan.minorVersion === 0) {
    if (!policy.acceptsHttp10) return LOW_VERSION;
    if (head.authority === '') {
      if (policy.http10Host === '') return MISSING_HOST;
      head.authority = policy.http10Host;
    }
  }
  if ((scan.connection & ConnectionOption.other) !== 0 && namesWhatMustStay(scan, head.bytes)) return NAMED_ORIGIN;
  if (scan.targetKind === TargetKind.absolute && policy.allowsAbsoluteUrl === false) return ABSOLUTE_URL;
  return applyUnderscores(head, policy.underscores, policy.stats) ? undefined : UNDERSCORE;
}

/** What a parser refused (a WireError, negated or not). Envoy finds some of it behind its codec, which shows in the details. */
export function refusalOfCode(code: number): Refusal {
  if (Math.abs(code) === WireError.missingHost) return MISSING_HOST;
  if (Math.abs(code) === WireError.fragmentInTarget) return FRAGMENT;
  if (Math.abs(code) === WireError.unsupportedVersion) return OTHER_VERSION;
  const { status, name } = wireErrorInfo(code);
  return { status, details: `http1.${name}`, isInvalid: true };
}
