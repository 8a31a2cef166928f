/**
 * Joins the matches of a rule with those of the delegate that continues it. A match of the delegate must be inside of one
 * of the root's; where the two say different things about one property, the delegate's is the narrower and counts.
 */
import type { HttpMatchSpec } from '../model/index.ts';

type StringMatch = NonNullable<HttpMatchSpec['uri']>;
type StringMatches = Readonly<Record<string, StringMatch>>;

const SINGLE_FIELDS = ['uri', 'scheme', 'method', 'authority'] as const;
const MAP_FIELDS = ['headers', 'withoutHeaders', 'queryParams'] as const;
const INHERITED_FIELDS = ['port', 'sourceNamespace', 'statPrefix'] as const;

/** The matches of a joined rule; nothing when one of the delegate's is inside of none of the root's. */
export function joinMatches(
  root: readonly HttpMatchSpec[] | undefined,
  delegate: readonly HttpMatchSpec[] | undefined,
): readonly HttpMatchSpec[] | undefined {
  if (root === undefined || root.length === 0) return delegate ?? [];
  if (delegate === undefined || delegate.length === 0) return root;
  const joined: HttpMatchSpec[] = [];
  for (const inner of delegate) {
    const outers = root.filter((outer) => isCompatible(outer, inner));
    if (outers.length === 0) return undefined;
    for (const outer of outers) joined.push(joinMatch(outer, inner));
  }
  return joined;
}

function isCompatible(root: HttpMatchSpec, delegate: HttpMatchSpec): boolean {
  return (
    SINGLE_FIELDS.every((field) => covers(root[field], delegate[field])) &&
    MAP_FIELDS.every((field) => coversAll(root[field], delegate[field])) &&
    (root.ignoreUriCase ?? false) === (delegate.ignoreUriCase ?? false) &&
    isSameOrOpen(root.port, delegate.port) &&
    isSameOrOpen(root.sourceNamespace, delegate.sourceNamespace) &&
    Object.entries(delegate.sourceLabels ?? {}).every(([key, value]) =>
      isSameOrOpen(root.sourceLabels?.[key], value),
    ) &&
    isGatewaySubset(root.gateways, delegate.gateways)
  );
}

function isSameOrOpen(a: string | number | undefined, b: string | number | undefined): boolean {
  return a === b || !isSaid(a) || !isSaid(b);
}

function isSaid(value: string | number | undefined): boolean {
  return value !== undefined && value !== '' && value !== 0;
}

function isGatewaySubset(root: readonly string[] = [], delegate: readonly string[] = []): boolean {
  return root.length === 0 || delegate.every((gateway) => root.includes(gateway));
}

function coversAll(root: StringMatches | undefined, delegate: StringMatches | undefined): boolean {
  return Object.entries(delegate ?? {}).every(([key, match]) => covers(root?.[key], match));
}

/** Whether everything that `inner` matches is matched by `outer`, as far as can be told: regular expressions cannot be compared. */
function covers(outer: StringMatch | undefined, inner: StringMatch | undefined): boolean {
  if (outer === undefined || inner === undefined) return true;
  if (outer.regex !== undefined || inner.regex !== undefined) return false;
  if (outer.exact !== undefined) return inner.exact === outer.exact;
  if (outer.prefix !== undefined) return (inner.exact ?? inner.prefix ?? '').startsWith(outer.prefix);
  return true;
}

function joinMatch(root: HttpMatchSpec, delegate: HttpMatchSpec): HttpMatchSpec {
  const joined: Record<string, unknown> = { ...delegate };
  const name = [root.name, delegate.name].filter((part) => (part ?? '') !== '').join('-');
  if (name !== '') joined['name'] = name;
  for (const field of SINGLE_FIELDS) joined[field] ??= root[field];
  for (const field of [...MAP_FIELDS, 'sourceLabels'] as const) {
    if (root[field] !== undefined) joined[field] = { ...root[field], ...delegate[field] };
  }
  for (const field of INHERITED_FIELDS) if (!isSaid(delegate[field])) joined[field] = root[field];
  if ((delegate.gateways ?? []).length === 0) joined['gateways'] = root.gateways;
  for (const field of Object.keys(joined)) if (joined[field] === undefined) delete joined[field];
  return joined as HttpMatchSpec;
}
