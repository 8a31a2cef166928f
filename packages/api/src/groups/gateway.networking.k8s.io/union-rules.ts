/** Rules that unions share: the member named by the discriminator is set, and no other is. */
import type { SchemaRule } from '../../schema/index.ts';

type Union = { readonly [member: string]: unknown };

/** Filters: `type: RequestMirror` goes with `requestMirror`, and each filter type likewise. */
export function filterTypeRules(members: Readonly<Record<string, string>>): SchemaRule<Union>[] {
  return Object.entries(members).flatMap(([type, member]) => [
    {
      message: `filter.${member} must be nil if the filter.type is not ${type}`,
      cel: `!has(self.${member}) || self.type == '${type}'`,
      check: (filter) => filter[member] === undefined || filter['type'] === type,
    },
    {
      message: `filter.${member} must be specified for ${type} filter.type`,
      cel: `has(self.${member}) || self.type != '${type}'`,
      check: (filter) => filter[member] !== undefined || filter['type'] !== type,
    },
  ]);
}

/** Unions whose discriminator `field` has the values of `members`. */
export function discriminatorRules(field: string, members: Readonly<Record<string, string>>): SchemaRule<Union>[] {
  return Object.entries(members).flatMap(([value, member]) => [
    {
      message: `${member} must be specified when ${field} is set to '${value}'`,
      cel: `self.${field} != '${value}' || has(self.${member})`,
      check: (union) => union[field] !== value || union[member] !== undefined,
    },
    {
      message: `${field} must be '${value}' when ${member} is set`,
      cel: `!has(self.${member}) || self.${field} == '${value}'`,
      check: (union) => union[member] === undefined || union[field] === value,
    },
  ]);
}

/** A filter of one of these types may appear once in a list. */
export function onceRules(...types: readonly string[]): SchemaRule<readonly Union[]>[] {
  return types.map((type) => ({
    message: `${type} filter cannot be repeated`,
    cel: `self.filter(f, f.type == '${type}').size() < 2`,
    check: (filters) => countOf(filters, type) < 2,
  }));
}

/** How many filters of a list have this type. */
export function countOf(filters: readonly Union[], type: string): number {
  let count = 0;
  for (const filter of filters) if (filter['type'] === type) count++;
  return count;
}

/** Named rules of a route must have different names. */
export const uniqueRuleNames: SchemaRule<readonly { readonly name?: string | undefined }[]> = {
  message: 'Rule name must be unique within the route',
  cel: 'self.all(a, !has(a.name) || self.exists_one(b, has(b.name) && a.name == b.name))',
  check: (rules) => {
    const names = rules.flatMap((rule) => (rule.name === undefined ? [] : [rule.name]));
    return new Set(names).size === names.length;
  },
};

/** Bounds the work of matching: lists alone would allow 16 x 64 matches. */
export const boundedMatches: SchemaRule<readonly { readonly matches?: readonly unknown[] | undefined }[]> = {
  message:
    'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
  cel: 'self.map(r, has(r.matches) ? r.matches.size() : 0).sum() <= 128',
  check: (rules) => rules.reduce((sum, rule) => sum + (rule.matches?.length ?? 0), 0) <= 128,
};
