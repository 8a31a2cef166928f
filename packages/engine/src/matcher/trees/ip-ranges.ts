import type { CidrRange as CidrMessage } from '@weft/proto/xds/core/v3/cidr';
import type { IPMatcher, IPMatcher_IPRangeMatcher } from '@weft/proto/xds/type/matcher/v3/ip';
import type { CompileContext } from '../../compile/context.ts';
import { compileList, valueOrReport } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import { type Cidr, cidrContains, compileCidr, parseIp } from '../../match/cidr.ts';
import type { MatcherNode, MatcherScope } from '../scope.ts';
import type { ValueTree } from './value-tree.ts';

/** What is supported of trees of addresses. */
export const IP_RANGES_SUPPORT = [
  supports<IPMatcher>('xds.type.matcher.v3.IPMatcher', { rangeMatchers: true }),
  supports<IPMatcher_IPRangeMatcher>('xds.type.matcher.v3.IPMatcher.IPRangeMatcher', {
    ranges: true,
    onMatch: true,
    exclusive: true,
  }),
  supports<CidrMessage>('xds.core.v3.CidrRange', { addressPrefix: true, prefixLen: true }),
];

interface Entry<A> {
  readonly range: Cidr;
  readonly isExclusive: boolean;
  readonly onMatch: MatcherNode<A>;
}

/**
 * Compiles ranges of addresses; undefined when there was a problem. The most specific range is asked first, those as specific in the order
 * in which they stand; an exclusive one is only asked when none was before it.
 */
export function compileIpRanges<A>(message: IPMatcher, path: string, scope: MatcherScope<A>): ValueTree<A> | undefined {
  const groups = compileList(message.rangeMatchers, `${path}.range_matchers`, (matcher, at) =>
    compileGroup(matcher, at, scope),
  );
  if (groups === undefined) return undefined;
  const entries = groups.flat().sort((a, b) => b.range.prefixLength - a.range.prefixLength);
  return {
    find: (value, view, trace) => {
      const ip = parseIp(value);
      if (ip === undefined) return undefined;
      let isFirst = true;
      for (const { range, isExclusive, onMatch } of entries) {
        if (!cidrContains(range, ip) || (isExclusive && !isFirst)) continue;
        const found = onMatch.find(view, trace);
        if (found !== undefined) return found;
        isFirst = false;
      }
      return undefined;
    },
    describe: () => `one of ${entries.length} ranges`,
  };
}

function compileGroup<A>(
  { ranges, onMatch, exclusive }: IPMatcher_IPRangeMatcher,
  path: string,
  scope: MatcherScope<A>,
): readonly Entry<A>[] | undefined {
  const node = scope.compileOnMatch(onMatch, `${path}.on_match`);
  const cidrs = compileList(ranges, `${path}.ranges`, (range, at) => compileRange(range, at, scope.context));
  return node && cidrs?.map((range) => ({ range, isExclusive: exclusive, onMatch: node }));
}

function compileRange(message: CidrMessage, path: string, context: CompileContext): Cidr | undefined {
  return valueOrReport(compileCidr(message.addressPrefix, message.prefixLen ?? 0, path), context);
}
