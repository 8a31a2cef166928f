/** Conditions that permissions and principals share. */
import type { CidrRange } from '@weft/proto/envoy/config/core/v3/address';
import type { SourcedMetadata } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { HeaderMatcher as HeaderMessage } from '@weft/proto/envoy/config/route/v3/route_components';
import type { MetadataMatcher as MetadataMessage } from '@weft/proto/envoy/type/matcher/v3/metadata';
import type { PathMatcher as PathMessage } from '@weft/proto/envoy/type/matcher/v3/path';
import type { CompileContext } from '../compile/context.ts';
import { compileCidrRange } from '../compile/matchers/cidr-range.ts';
import { compileHeaderMessage } from '../compile/matchers/header-matcher.ts';
import { compileMetadataMessage } from '../compile/matchers/metadata-matcher.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { compilePathMessage, pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import { supports } from '../compile/support.ts';
import { cidrContains, formatCidr } from '../match/cidr.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import type { StringMatcher } from '../match/string-matcher.ts';
import { wireText } from '../match/wire-text.ts';
import type { AddressView } from '../view/address-view.ts';
import type { MatchView } from '../view/match-view.ts';
import type { PathNeed } from './needs.ts';
import { needsRequests, type RbacContext } from './rbac-context.ts';
import { leaf, type Rule } from './rule.ts';

/** What is supported of the conditions that say whose metadata they look at. */
export const SOURCED_METADATA_SUPPORT = [
  supports<SourcedMetadata>('envoy.config.rbac.v3.SourcedMetadata', { metadataMatcher: true, metadataSource: true }),
];

/** Holds for requests with such a header. */
export function headerRule(message: HeaderMessage, path: string, context: RbacContext): Rule | undefined {
  if (!needsRequests(path, context)) return undefined;
  const matcher = compileHeaderMessage(message, path, context);
  return matcher && leaf(({ request }) => request !== undefined && matcher.matches(request), matcher.describe());
}

/** Holds for requests with such a path, which is looked at without its query. */
export function urlPathRule(message: PathMessage, path: string, context: RbacContext): Rule | undefined {
  if (!needsRequests(path, context)) return undefined;
  const matcher = compilePathMessage(message, path, context);
  return matcher && pathRule(matcher, pathNeeds(message));
}

function pathNeeds({ rule }: PathMessage): readonly PathNeed[] | undefined {
  const { matchPattern, ignoreCase } = rule.value ?? {};
  if (ignoreCase === true || (matchPattern?.case !== 'exact' && matchPattern?.case !== 'prefix')) return undefined;
  return [{ text: wireText(matchPattern.value), isPrefix: matchPattern.case === 'prefix' }];
}

/** As `urlPathRule`, for any test of a path. */
export function pathRule(matcher: StringMatcher, paths?: readonly PathNeed[]): Rule {
  return leaf(
    ({ request }) => request !== undefined && request.path !== '' && matcher.matches(plainPath(request.path)),
    `path ${matcher.describe()}`,
    { paths },
  );
}

/** All rules of a request ask for the same path: the last one is kept. */
let lastPath = '';
let lastPlainPath = '';

function plainPath(path: string): string {
  if (path !== lastPath) {
    lastPlainPath = pathWithoutQuery(path);
    lastPath = path;
  }
  return lastPlainPath;
}

/** Holds where filters before this one set such metadata. */
export function metadataRule(message: MetadataMessage, path: string, context: CompileContext): Rule | undefined {
  const matcher = compileMetadataMessage(message, path, context);
  return matcher && leaf(({ dynamicMetadata }) => matcher.matches(dynamicMetadata), matcher.describe());
}

/** By the number of the enum: DYNAMIC, ROUTE. */
const OF_ROUTE = 1;

/** As `metadataRule`, or by the metadata of the request's route; where there is no route there is none. */
export function sourcedMetadataRule(message: SourcedMetadata, path: string, context: RbacContext): Rule | undefined {
  const { metadataMatcher, metadataSource } = message;
  if (metadataMatcher === undefined) return isMissing(path, 'metadata_matcher', context);
  const at = `${path}.metadata_matcher`;
  if (metadataSource !== OF_ROUTE) return metadataRule(metadataMatcher, at, context);
  if (!needsRequests(path, context)) return undefined;
  const matcher = compileMetadataMessage(metadataMatcher, at, context);
  return (
    matcher && leaf(({ routeMetadata }) => matcher.matches(routeMetadata ?? NO_METADATA), `route ${matcher.describe()}`)
  );
}

const NO_METADATA: MetadataSource = Object.freeze({});

/** Holds where an address is within a range. */
export function addressRule(
  what: string,
  addressOf: (view: MatchView) => AddressView,
  message: CidrRange,
  path: string,
  context: CompileContext,
): Rule | undefined {
  const range = compileCidrRange(message, path, context);
  if (range === undefined) return undefined;
  return leaf(
    (view) => {
      const { ip } = addressOf(view);
      return ip !== undefined && cidrContains(range, ip);
    },
    `${what} in ${formatCidr(range)}`,
  );
}
