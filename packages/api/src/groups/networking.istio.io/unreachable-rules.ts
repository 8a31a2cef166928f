/** Warnings of rules that can never be reached, as rules before them match the same. */
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import type { HttpMatch } from './http-match.ts';
import type { StringMatch } from './string-match.ts';

interface AnyRule {
  readonly name?: string;
  readonly match?: readonly object[];
}

interface PrefixMatch {
  readonly rule: number;
  readonly match: number;
  readonly prefix: string;
  readonly value: HttpMatch;
}

/** Comparing every prefix with every other is quadratic; beyond this many only equal matches are looked for. */
const MAX_COMPARED_PREFIXES = 300;

/** Warns of rules and matches that equal ones before them, and of rules after a catch-all. */
export function warnOfUnreachableRules(rules: readonly AnyRule[], path: FieldPath, report: IssueReport): void {
  if (rules.length < 2) return;
  const seen = new MatchIndex();
  let catchAll = -1;
  for (let i = 0; i < rules.length; i++) {
    const matches = rules[i]!.match ?? [];
    if (matches.length === 0) {
      if (catchAll >= 0) {
        report.warn(
          `${path.index(i).toString()}: rule ${nameOf(rules[i]!, i)} not used (only the last rule can have no matches)`,
        );
      } else catchAll = i;
      continue;
    }
    if (catchAll >= 0) {
      report.warn(
        `${path.index(i).toString()}: rule ${nameOf(rules[i]!, i)} not used (rule ${nameOf(rules[catchAll]!, catchAll)} before it matches everything)`,
      );
      continue;
    }
    warnOfDuplicates(rules, i, seen, path, report);
  }
}

/** Warns of HTTP matches whose prefix a longer-standing match covers. */
export function warnOfCoveredPrefixes(
  rules: readonly { readonly name?: string; readonly match?: readonly HttpMatch[] }[],
  path: FieldPath,
  report: IssueReport,
): void {
  const prefixes: PrefixMatch[] = [];
  for (let i = 0; i < rules.length; i++) {
    const matches = rules[i]!.match ?? [];
    for (let j = 0; j < matches.length; j++) {
      const prefix = matches[j]!.uri?.prefix;
      if (prefix !== undefined && prefix !== '') prefixes.push({ rule: i, match: j, prefix, value: matches[j]! });
    }
  }
  if (prefixes.length > MAX_COMPARED_PREFIXES) return;
  for (let i = 1; i < prefixes.length; i++) {
    const later = prefixes[i]!;
    for (let j = 0; j < i; j++) {
      const earlier = prefixes[j]!;
      if (later.prefix === earlier.prefix || !later.prefix.startsWith(earlier.prefix)) continue;
      if (!covers(earlier.value, later.value)) continue;
      const at = path.index(later.rule).child('match').index(later.match).child('uri', 'prefix');
      report.warn(
        `${at.toString()}: never matches, as rule ${nameOf(rules[earlier.rule]!, earlier.rule)} before it matches prefix ${earlier.prefix}`,
      );
      break;
    }
  }
}

function warnOfDuplicates(
  rules: readonly AnyRule[],
  i: number,
  seen: MatchIndex,
  path: FieldPath,
  report: IssueReport,
): void {
  const matches = rules[i]!.match ?? [];
  let duplicates = 0;
  for (let j = 0; j < matches.length; j++) {
    const first = seen.add(matches[j]!, i);
    if (first === undefined) continue;
    duplicates++;
    const at = path.index(i).child('match').index(j);
    report.warn(
      `${at.toString()}: match #${j} of rule ${nameOf(rules[i]!, i)} is not used (duplicate/overlapping match in rule ${nameOf(rules[first]!, first)})`,
    );
  }
  if (duplicates === matches.length) {
    report.warn(`${path.index(i).toString()}: rule ${nameOf(rules[i]!, i)} not used (all matches used by prior rules)`);
  }
}

/** Finds matches that were there before. Full keys are made only for matches that look alike at first sight. */
class MatchIndex {
  /** First sight -> the match seen there, until a second one comes. Written by `add` only. */
  private readonly lone = new Map<string, { readonly match: object; readonly rule: number }>();
  /** First sight and full key -> rule of the first such match. Written by `add` only. */
  private readonly full = new Map<string, number>();

  /** The rule of an equal match that was added before; the match is remembered otherwise. */
  add(match: object, rule: number): number | undefined {
    const sight = firstSightOf(match);
    const lone = this.lone.get(sight);
    if (lone === undefined) {
      this.lone.set(sight, { match, rule });
      return undefined;
    }
    this.full.set(keyOf(lone.match), this.full.get(keyOf(lone.match)) ?? lone.rule);
    const key = keyOf(match);
    const first = this.full.get(key);
    if (first === undefined) this.full.set(key, rule);
    return first;
  }
}

function firstSightOf(match: HttpMatch & { readonly sniHosts?: readonly string[] }): string {
  const { uri, port, sniHosts } = match;
  return `${uri?.exact ?? uri?.prefix ?? uri?.regex ?? sniHosts?.[0] ?? ''} ${port ?? 0}`;
}

/** Two matches are the same whatever their names and the order of their members. */
function keyOf(match: object): string {
  return JSON.stringify(match, (key, value: unknown) => {
    if (key === 'name' && value === (match as { name?: unknown }).name) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const keys = Object.keys(value);
    if (keys.length < 2) return value;
    const source = value as Record<string, unknown>;
    const sorted: Record<string, unknown> = {};
    for (const name of keys.sort()) sorted[name] = source[name];
    return sorted;
  });
}

function nameOf(rule: AnyRule, index: number): string {
  return rule.name !== undefined && rule.name !== '' ? JSON.stringify(rule.name) : `#${index}`;
}

/** Whether everything that `earlier` asks beside the path is asked by `later` too, so that `later` adds nothing. */
function covers(earlier: HttpMatch, later: HttpMatch): boolean {
  if (earlier.port !== undefined && earlier.port !== later.port) return false;
  if (earlier.ignoreUriCase !== later.ignoreUriCase && later.ignoreUriCase === true) return false;
  if (earlier.sourceNamespace !== undefined && earlier.sourceNamespace !== later.sourceNamespace) return false;
  if (earlier.sourceLabels !== undefined || earlier.gateways !== undefined) {
    if (keyOf(earlier.sourceLabels ?? {}) !== keyOf(later.sourceLabels ?? {})) return false;
    if (earlier.gateways !== undefined && earlier.gateways.join() !== later.gateways?.join()) return false;
  }
  return (
    coversText(earlier.method, later.method) &&
    coversText(earlier.scheme, later.scheme) &&
    coversText(earlier.authority, later.authority) &&
    coversAll(earlier.headers, later.headers) &&
    coversAll(earlier.queryParams, later.queryParams) &&
    coversSame(earlier.withoutHeaders, later.withoutHeaders)
  );
}

function coversAll(
  earlier: Readonly<Record<string, StringMatch>> | undefined,
  later: Readonly<Record<string, StringMatch>> | undefined,
): boolean {
  if (earlier === undefined) return true;
  return Object.keys(earlier).every((name) => {
    const match = later?.[name];
    return match !== undefined && coversText(earlier[name], match);
  });
}

function coversSame(earlier: object | undefined, later: object | undefined): boolean {
  return earlier === undefined || (later !== undefined && keyOf(earlier) === keyOf(later));
}

function coversText(earlier: StringMatch | undefined, later: StringMatch | undefined): boolean {
  if (earlier === undefined) return true;
  if (later === undefined) return false;
  if (earlier.regex !== undefined) return earlier.regex === later.regex;
  if (earlier.prefix !== undefined) return (later.prefix ?? later.exact ?? '').startsWith(earlier.prefix);
  return earlier.exact === undefined || earlier.exact === later.exact;
}
