import { err, ok, type Result } from '@weft/core';
import type { NodeMatcher } from '@weft/proto/envoy/type/matcher/v3/node';
import type { StringMatcher } from '@weft/proto/envoy/type/matcher/v3/string';

/** Whether a node of that id is meant. */
export type MatchesNode = (id: string) => boolean;

/** Compiles the matchers of a status request, of which one has to match; none mean every node. The error names what is not supported. */
export function compileNodeMatchers(matchers: readonly NodeMatcher[]): Result<MatchesNode, string> {
  const tests: MatchesNode[] = [];
  for (const [index, { nodeId, nodeMetadatas }] of matchers.entries()) {
    const path = `node_matchers[${index}]`;
    if (nodeMetadatas.length > 0) return err(`${path}.node_metadatas: not supported; match by node_id`);
    const test = nodeId === undefined ? ok<MatchesNode>(() => true) : compileString(nodeId);
    if (test.kind === 'err') return err(`${path}.node_id.${test.error}`);
    tests.push(test.value);
  }
  return ok((id) => tests.length === 0 || tests.some((matches) => matches(id)));
}

function compileString({ matchPattern, ignoreCase }: StringMatcher): Result<MatchesNode, string> {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  const { case: kind } = matchPattern;
  switch (kind) {
    case 'exact':
    case 'prefix':
    case 'suffix':
    case 'contains': {
      const pattern = fold(matchPattern.value);
      const tests: Readonly<Record<typeof kind, (id: string) => boolean>> = {
        exact: (id) => id === pattern,
        prefix: (id) => id.startsWith(pattern),
        suffix: (id) => id.endsWith(pattern),
        contains: (id) => id.includes(pattern),
      };
      const test = tests[kind];
      return ok((id: string) => test(fold(id)));
    }
    case 'safeRegex':
      return err('safe_regex: not supported; use exact, prefix, suffix or contains');
    case 'custom':
      return err('custom: not supported; use exact, prefix, suffix or contains');
    case undefined:
      return err('match_pattern: one is required');
  }
}
