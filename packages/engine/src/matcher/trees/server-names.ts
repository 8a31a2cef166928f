import type { ServerNameMatcher, ServerNameMatcher_DomainMatcher } from '@weft/proto/xds/type/matcher/v3/domain';
import { supports } from '../../compile/support.ts';
import { asciiLower } from '../../match/ascii.ts';
import type { MatcherNode, MatcherScope } from '../scope.ts';
import type { ValueTree } from './value-tree.ts';

/** What is supported of trees of server names. */
export const SERVER_NAMES_SUPPORT = [
  supports<ServerNameMatcher>('xds.type.matcher.v3.ServerNameMatcher', { domainMatchers: true }),
  supports<ServerNameMatcher_DomainMatcher>('xds.type.matcher.v3.ServerNameMatcher.DomainMatcher', {
    domains: true,
    onMatch: true,
  }),
];

/** A whole name; `*` alone, or `*.` and a name. */
const DOMAIN = /^(?:\*|(?:\*\.)?[^*.]+(?:\.[^*.]+)*)$/;

/** Compiles server names; undefined when there was a problem. The whole name is asked first, then wildcards from the longest to `*`. */
export function compileServerNameTree<A>(
  message: ServerNameMatcher,
  path: string,
  scope: MatcherScope<A>,
): ValueTree<A> | undefined {
  const { problems } = scope.context;
  const before = problems.count;
  /** `foo.com`, `.foo.com` for a wildcard, or `.` for all names -> what is done. */
  const byName = new Map<string, MatcherNode<A>>();
  message.domainMatchers.forEach(({ domains, onMatch }, i) => {
    const at = `${path}.domain_matchers[${i}]`;
    const node = scope.compileOnMatch(onMatch, `${at}.on_match`);
    domains.forEach((domain, j) => {
      const key = keyOf(domain);
      if (key === undefined)
        problems.add(`${at}.domains[${j}]`, `${JSON.stringify(domain)} is neither a name nor *. and a name`);
      else if (byName.has(key)) problems.add(`${at}.domains[${j}]`, `${JSON.stringify(domain)} is there twice`);
      else if (node !== undefined) byName.set(key, node);
    });
  });
  if (problems.count !== before) return undefined;
  return {
    find: (value, view, trace) => findName(byName, value, view, trace),
    describe: () => `one of ${byName.size} domains`,
  };
}

function keyOf(domain: string): string | undefined {
  if (!DOMAIN.test(domain)) return undefined;
  return domain === '*' ? '.' : asciiLower(domain.startsWith('*.') ? domain.slice(1) : domain);
}

function findName<A>(
  byName: ReadonlyMap<string, MatcherNode<A>>,
  value: string,
  view: Parameters<MatcherNode<A>['find']>[0],
  trace: Parameters<MatcherNode<A>['find']>[1],
): A | undefined {
  const name = asciiLower(value);
  const exact = byName.get(name)?.find(view, trace);
  if (exact !== undefined) return exact;
  for (let dot = name.indexOf('.', 1); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const found = byName.get(name.slice(dot))?.find(view, trace);
    if (found !== undefined) return found;
  }
  return byName.get('.')?.find(view, trace);
}
