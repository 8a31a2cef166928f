/** Whether a policy rule covers a request, and whether rules cover other rules. Pure. */
import type { Attributes } from '../types.ts';

/** One rule of a role. */
export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** True when the rule allows the request. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!matches(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === 'path') return pathMatches(rule.nonResourceURLs, attributes.path);
  const { group, resource, subresource, name } = attributes;
  return (
    matches(rule.apiGroups, group) &&
    resourceMatches(rule.resources, resource, subresource) &&
    nameMatches(rule.resourceNames, name)
  );
}

function matches(allowed: readonly string[] | undefined, value: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(value));
}

function resourceMatches(allowed: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (allowed === undefined) return false;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  if (allowed.includes('*') || allowed.includes(full)) return true;
  return subresource !== '' && allowed.includes(`*/${subresource}`);
}

function nameMatches(allowed: readonly string[] | undefined, name: string): boolean {
  return allowed === undefined || allowed.length === 0 || allowed.includes(name);
}

function pathMatches(allowed: readonly string[] | undefined, path: string): boolean {
  return (allowed ?? []).some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  );
}

/** The first part of `wanted` that no rule of `owned` covers, or undefined when everything is covered. */
export function firstUncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule | undefined {
  for (const rule of wanted) {
    for (const atom of atomsOf(rule)) if (!owned.some((one) => coversAtom(one, atom))) return atom;
  }
  return undefined;
}

/** Rules with one verb, group, resource and name each; a single wildcard stays one. */
function* atomsOf(rule: PolicyRule): Iterable<PolicyRule> {
  for (const verb of rule.verbs ?? []) {
    for (const url of rule.nonResourceURLs ?? []) yield { verbs: [verb], nonResourceURLs: [url] };
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const names = rule.resourceNames ?? [];
        const base = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (names.length === 0) yield base;
        for (const name of names) yield { ...base, resourceNames: [name] };
      }
    }
  }
}

function coversAtom(rule: PolicyRule, atom: PolicyRule): boolean {
  if (!matches(rule.verbs, atom.verbs![0]!)) return false;
  const url = atom.nonResourceURLs?.[0];
  if (url !== undefined) return pathMatches(rule.nonResourceURLs, url);
  if (!matches(rule.apiGroups, atom.apiGroups![0]!)) return false;
  const [resource, subresource = ''] = splitResource(atom.resources![0]!);
  if (!resourceMatches(rule.resources, resource!, subresource)) return false;
  const wantedName = atom.resourceNames?.[0];
  const ownedNames = rule.resourceNames ?? [];
  return ownedNames.length === 0 || (wantedName !== undefined && ownedNames.includes(wantedName));
}

function splitResource(resource: string): string[] {
  const slash = resource.indexOf('/');
  return slash < 0 ? [resource] : [resource.slice(0, slash), resource.slice(slash + 1)];
}
