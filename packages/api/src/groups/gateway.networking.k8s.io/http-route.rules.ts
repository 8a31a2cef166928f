/** Rules that tie the parts of an HTTP rule to each other. */
import type { SchemaRule } from '../../schema/index.ts';
import { durationNs } from '../../validation/duration.ts';

interface PathChange {
  readonly path?: { readonly type: string; readonly replacePrefixMatch?: string | undefined } | undefined;
}

interface FilterShape {
  readonly requestRedirect?: PathChange | undefined;
  readonly urlRewrite?: PathChange | undefined;
}

interface RuleShape {
  readonly matches?: readonly { readonly path?: { readonly type?: string | undefined } | undefined }[] | undefined;
  readonly filters?: readonly FilterShape[] | undefined;
  readonly backendRefs?: readonly { readonly filters?: readonly FilterShape[] | undefined }[] | undefined;
}

type PathFilter = keyof FilterShape;

const ONE_PREFIX =
  "(has(self.matches) && size(self.matches) == 1 && has(self.matches[0].path) && self.matches[0].path.type == 'PathPrefix')";

const redirectHasNoBackends: SchemaRule<RuleShape> = {
  message: 'RequestRedirect filter must not be used together with backendRefs',
  cel: '!has(self.backendRefs) || size(self.backendRefs) == 0 || !has(self.filters) || !self.filters.exists(f, has(f.requestRedirect))',
  check: (rule) =>
    (rule.backendRefs ?? []).length === 0 ||
    !(rule.filters ?? []).some((filter) => filter.requestRedirect !== undefined),
};

/** A prefix can only be replaced when there is exactly one that matched. */
function prefixRules(): SchemaRule<RuleShape>[] {
  const rules: SchemaRule<RuleShape>[] = [];
  for (const [name, member] of [
    ['RequestRedirect', 'requestRedirect'],
    ['URLRewrite', 'urlRewrite'],
  ] as const) {
    rules.push({
      message: `When using ${name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
      cel: `!(has(self.filters) && ${celReplacesPrefix('self.filters', member)}) || ${ONE_PREFIX}`,
      check: (rule) => !replacesPrefix(rule.filters, member) || matchesOnePrefix(rule),
    });
  }
  // The two messages differ in case upstream, and people search for them.
  for (const [name, member, when] of [
    ['RequestRedirect', 'requestRedirect', 'when'],
    ['URLRewrite', 'urlRewrite', 'When'],
  ] as const) {
    rules.push({
      message: `Within backendRefs, ${when} using ${name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
      cel: `!(has(self.backendRefs) && self.backendRefs.exists(b, has(b.filters) && ${celReplacesPrefix('b.filters', member)})) || ${ONE_PREFIX}`,
      check: (rule) =>
        !(rule.backendRefs ?? []).some((backend) => replacesPrefix(backend.filters, member)) || matchesOnePrefix(rule),
    });
  }
  return rules;
}

function celReplacesPrefix(filters: string, member: PathFilter): string {
  return `${filters}.exists(f, has(f.${member}) && has(f.${member}.path) && has(f.${member}.path.replacePrefixMatch))`;
}

function replacesPrefix(filters: readonly FilterShape[] | undefined, member: PathFilter): boolean {
  return (filters ?? []).some((filter) => filter[member]?.path?.replacePrefixMatch !== undefined);
}

function matchesOnePrefix(rule: RuleShape): boolean {
  return rule.matches?.length === 1 && rule.matches[0]?.path?.type === 'PathPrefix';
}

/** Rules of one entry of `spec.rules`. */
export const httpRuleRules: readonly SchemaRule<RuleShape>[] = [redirectHasNoBackends, ...prefixRules()];

/** The timeout of one try lies within that of the whole request; a request timeout of zero means none. */
export const timeoutsNest: SchemaRule<{
  readonly request?: string | undefined;
  readonly backendRequest?: string | undefined;
}> = {
  message: 'backendRequest timeout cannot be longer than request timeout',
  cel:
    "!has(self.request) || !has(self.backendRequest) || duration(self.request) == duration('0s') || " +
    'duration(self.backendRequest) <= duration(self.request)',
  check: ({ request, backendRequest }) => {
    if (request === undefined || backendRequest === undefined) return true;
    const total = durationNs(request) ?? 0;
    return total === 0 || (durationNs(backendRequest) ?? 0) <= total;
  },
};
