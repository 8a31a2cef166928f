/** Puts the rules of delegates in the place of the rules that lead to them (SEMANTICS 6). */
import type { FindingCode } from '../analysis/codes.ts';
import type { HttpRouteSpec, ObjectKey, ParsedVirtualService, RouteIr, VirtualServiceIr } from '../model/index.ts';
import { isVisibleTo } from '../names/visibility.ts';
import { joinMatches } from './join-matches.ts';

type HttpRoute = RouteIr<HttpRouteSpec>;

/** Fields that a rule of a delegate takes from the rule that led to it, unless it has its own. */
const INHERITED_FIELDS = [
  'rewrite',
  'directResponse',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrors',
  'mirrorPercent',
  'mirror_percent',
  'mirrorPercentage',
  'corsPolicy',
  'headers',
] as const satisfies readonly (keyof HttpRouteSpec)[];

/** Told of every rule that is left out, and why. */
export type DelegateProblem = (code: FindingCode, route: HttpRoute, message: string) => void;

/** Finds a parsed VirtualService. */
export type FindVirtualService = (key: ObjectKey) => ParsedVirtualService | undefined;

/** Whether an object is a part of others rather than a VirtualService of its own. */
export function isDelegate({ hosts }: ParsedVirtualService): boolean {
  return hosts.length === 0;
}

/** Keys of the delegates that the rules lead to. */
export function delegatesOf(root: ParsedVirtualService): readonly ObjectKey[] {
  return root.http.flatMap(({ spec }) => (spec.delegate === undefined ? [] : [delegateKey(root, spec)]));
}

function delegateKey(root: ParsedVirtualService, { delegate }: HttpRouteSpec): ObjectKey {
  const namespace = delegate?.namespace ?? '';
  return `${namespace === '' ? root.ref.namespace : namespace}/${delegate?.name ?? ''}`;
}

/** The VirtualService with its delegates joined in. A rule whose delegate cannot be used is left out alone. */
export function joinDelegates(
  root: ParsedVirtualService,
  find: FindVirtualService,
  onProblem?: DelegateProblem,
): VirtualServiceIr {
  if (root.http.every(({ spec }) => spec.delegate === undefined)) return root;
  const http = root.http.flatMap((route) =>
    route.spec.delegate === undefined ? [route] : continued(root, route, find, onProblem),
  );
  return Object.freeze({ ...root, http: Object.freeze(http) });
}

function continued(
  root: ParsedVirtualService,
  route: HttpRoute,
  find: FindVirtualService,
  onProblem: DelegateProblem | undefined,
): readonly HttpRoute[] {
  const key = delegateKey(root, route.spec);
  const delegate = find(key);
  if (delegate === undefined || !isDelegate(delegate)) {
    const why = delegate === undefined ? 'does not exist' : 'has hosts, so it is no delegate';
    onProblem?.('DelegateNotFound', route, `the delegate ${key} ${why}; the rule is left out`);
    return [];
  }
  if (!isVisibleTo(delegate.visibility, root.ref.namespace)) {
    const hint = `add ${root.ref.namespace} to its exportTo`;
    onProblem?.('DelegateNotVisible', route, `the delegate ${key} is not visible here; the rule is left out; ${hint}`);
    return [];
  }
  return delegate.http.flatMap((inner) => {
    if (inner.spec.delegate !== undefined) {
      const text = `${inner.source.path} of the delegate ${key} leads to another delegate, which is not allowed`;
      onProblem?.('NestedDelegate', route, `${text}; that rule is left out`);
      return [];
    }
    const joined = joinRoute(route, inner);
    if (joined === undefined) {
      const text = `${inner.source.path} of the delegate ${key} matches more than this rule lets through`;
      onProblem?.('DelegateConflict', route, `${text}; that rule is left out`);
      return [];
    }
    return [joined];
  });
}

function joinRoute(root: HttpRoute, delegate: HttpRoute): HttpRoute | undefined {
  const match = joinMatches(root.spec.match, delegate.spec.match);
  if (match === undefined) return undefined;
  const spec: Record<string, unknown> = { ...delegate.spec };
  if (match.length > 0) spec['match'] = match;
  const name = [root.spec.name, delegate.spec.name].filter((part) => (part ?? '') !== '').join('-');
  if (name !== '') spec['name'] = name;
  for (const field of INHERITED_FIELDS) {
    if (spec[field] === undefined && root.spec[field] !== undefined) spec[field] = root.spec[field];
  }
  return Object.freeze({
    spec: Object.freeze(spec) as unknown as HttpRouteSpec,
    source: delegate.source,
    via: root.source,
  });
}
