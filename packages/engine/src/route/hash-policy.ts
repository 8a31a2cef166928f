import type {
  RouteAction_HashPolicy,
  RouteAction_HashPolicy_ConnectionProperties,
  RouteAction_HashPolicy_Cookie,
  RouteAction_HashPolicy_CookieAttribute,
  RouteAction_HashPolicy_FilterState,
  RouteAction_HashPolicy_Header,
  RouteAction_HashPolicy_QueryParameter,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { isMissing } from '../compile/matchers/outcome.ts';
import { compileSubstitution } from '../compile/matchers/regex.ts';
import { supports } from '../compile/support.ts';
import { formatHash64, type Hash64, SEED_ZERO, xxHash64Text } from '../hash/xx-hash64.ts';
import { asciiLower } from '../match/ascii.ts';
import { cookieValue } from '../match/cookie-matcher.ts';
import { queryValue } from '../match/query-matcher.ts';
import type { RegexSubstitution } from '../match/regex-substitution.ts';
import type { AddressView } from '../view/address-view.ts';
import type { RequestView } from '../view/request-view.ts';
import { queryOf } from './conditions.ts';
import type { RouteCompileContext } from './context.ts';

/** What is supported of hash policies. */
export const HASH_POLICY_SUPPORT = [
  supports<RouteAction_HashPolicy>('envoy.config.route.v3.RouteAction.HashPolicy', {
    policySpecifier: {
      header: true,
      cookie: true,
      connectionProperties: true,
      queryParameter: true,
      filterState: true,
    },
    terminal: true,
  }),
  supports<RouteAction_HashPolicy_Header>('envoy.config.route.v3.RouteAction.HashPolicy.Header', {
    headerName: true,
    regexRewrite: true,
  }),
  supports<RouteAction_HashPolicy_Cookie>('envoy.config.route.v3.RouteAction.HashPolicy.Cookie', {
    name: true,
    ttl: true,
    path: true,
    attributes: true,
  }),
  supports<RouteAction_HashPolicy_CookieAttribute>('envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute', {
    name: true,
    value: true,
  }),
  supports<RouteAction_HashPolicy_ConnectionProperties>(
    'envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties',
    { sourceIp: true },
  ),
  supports<RouteAction_HashPolicy_QueryParameter>('envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter', {
    name: true,
  }),
  supports<RouteAction_HashPolicy_FilterState>('envoy.config.route.v3.RouteAction.HashPolicy.FilterState', {
    key: true,
  }),
];

/** What a hash may be made of. */
export interface HashView {
  readonly request: RequestView;
  /** The client as the HTTP connection manager sees it. */
  readonly remote: AddressView;
  /** Where the connection was meant to go. */
  readonly local: AddressView;
  filterState(key: string): string | undefined;
}

/** One compiled policy. */
export interface HashPolicyRuntime {
  readonly isTerminal: boolean;
  /**
   * The text to hash, or several of a repeated header; undefined where the request has none; a cookie that is made for the client is put on
   * the list. Without a list none is made.
   */
  textOf(view: HashView, setCookies: string[] | undefined): string | readonly string[] | undefined;
}

/** What the policies of a route make of a request. */
export interface RouteHash {
  /** Undefined when no policy found anything: the load balancer chooses at random. */
  readonly hash: Hash64 | undefined;
  /** Values of set-cookie headers to add to the response. */
  readonly setCookies: readonly string[];
}

/** Compiles one policy; undefined when there was a problem. */
export function compileHashPolicy(
  message: RouteAction_HashPolicy,
  path: string,
  context: RouteCompileContext,
): HashPolicyRuntime | undefined {
  const { policySpecifier: given, terminal: isTerminal } = message;
  switch (given.case) {
    case undefined:
      return isMissing(path, 'header, cookie, connection_properties, query_parameter or filter_state', context);
    case 'header':
      return headerPolicy(given.value, isTerminal, `${path}.header`, context);
    case 'cookie':
      return cookiePolicy(given.value, isTerminal, `${path}.cookie`, context);
    case 'connectionProperties': {
      const isUsed = given.value.sourceIp;
      return { isTerminal, textOf: ({ remote }) => (isUsed && remote.ip !== undefined ? remote.host : undefined) };
    }
    case 'queryParameter': {
      const { name } = given.value;
      if (name === '') return isMissing(`${path}.query_parameter`, 'name', context);
      return { isTerminal, textOf: ({ request }) => queryValue(queryOf(request.path), name) };
    }
    case 'filterState': {
      const { key } = given.value;
      if (key === '') return isMissing(`${path}.filter_state`, 'key', context);
      return { isTerminal, textOf: (view) => view.filterState(key) };
    }
  }
}

function headerPolicy(
  { headerName, regexRewrite }: RouteAction_HashPolicy_Header,
  isTerminal: boolean,
  path: string,
  context: RouteCompileContext,
): HashPolicyRuntime | undefined {
  if (headerName === '') return isMissing(path, 'header_name', context);
  let rewrite: RegexSubstitution | undefined;
  if (regexRewrite !== undefined) {
    rewrite = compileSubstitution(regexRewrite, `${path}.regex_rewrite`, context);
    if (rewrite === undefined) return undefined;
  }
  const name = asciiLower(headerName);
  return {
    isTerminal,
    textOf: ({ request }) => {
      const lines = request.repeated?.(name);
      // In any order, so that two proxies in front of us that add a line each do not make two hashes.
      if (lines !== undefined) return lines.map((line) => rewrite?.apply(line) ?? line).sort();
      const value = request.get(name);
      return value === undefined || rewrite === undefined ? value : rewrite.apply(value);
    },
  };
}

function cookiePolicy(
  message: RouteAction_HashPolicy_Cookie,
  isTerminal: boolean,
  path: string,
  context: RouteCompileContext,
): HashPolicyRuntime | undefined {
  const { name, ttl } = message;
  if (name === '') return isMissing(path, 'name', context);
  const ttlSeconds = ttl === undefined ? undefined : Number(ttl.seconds);
  const suffix = cookieAttributes(message, ttlSeconds ?? 0);
  return {
    isTerminal,
    textOf: (view, setCookies) => {
      const found = cookieValue(view.request.get('cookie'), name);
      if (found !== undefined && found !== '') return found;
      if (ttlSeconds === undefined || setCookies === undefined) return undefined;
      // From the addresses, so that requests that race on one connection all get the same cookie.
      const made = formatHash64(xxHash64Text(view.remote.text + view.local.text));
      setCookies.push(`${name}="${made}"${suffix}`);
      return made;
    },
  };
}

function cookieAttributes({ path, attributes }: RouteAction_HashPolicy_Cookie, ttlSeconds: number): string {
  let text = ttlSeconds === 0 ? '' : `; Max-Age=${ttlSeconds}`;
  if (path !== '') text += `; Path=${path}`;
  for (const { name, value } of attributes) text += value === '' ? `; ${name}` : `; ${name}=${value}`;
  return `${text}; HttpOnly`;
}

const NO_HASH: RouteHash = Object.freeze({ hash: undefined, setCookies: Object.freeze([]) });

/** The hash of a request by the policies of its route, and the cookies that are made so that the next request has the same. */
export function computeHash(policies: readonly HashPolicyRuntime[], view: HashView): RouteHash {
  if (policies.length === 0) return NO_HASH;
  const setCookies: string[] = [];
  return { hash: combinedHash(policies, view, setCookies), setCookies };
}

/** The hash of what a request brings along; no cookies are made. */
export function hashOfRequest(policies: readonly HashPolicyRuntime[], view: HashView): Hash64 | undefined {
  return combinedHash(policies, view, undefined);
}

function combinedHash(
  policies: readonly HashPolicyRuntime[],
  view: HashView,
  setCookies: string[] | undefined,
): Hash64 | undefined {
  let hash: Hash64 | undefined;
  for (const policy of policies) {
    const text = policy.textOf(view, setCookies);
    if (text !== undefined) hash = combine(hash, typeof text === 'string' ? xxHash64Text(text) : hashOfAll(text));
    if (policy.isTerminal && hash !== undefined) break;
  }
  return hash;
}

/** Each text is hashed with the hash of those before as its seed. */
function hashOfAll(texts: readonly string[]): Hash64 {
  return texts.reduce((seed, text) => xxHash64Text(text, seed), SEED_ZERO);
}

/** Turning the old hash by one bit keeps two equal parts from taking each other out. */
function combine(old: Hash64 | undefined, next: Hash64): Hash64 {
  if (old === undefined) return next;
  const high = ((old.high << 1) | (old.low >>> 31)) ^ next.high;
  const low = ((old.low << 1) | (old.high >>> 31)) ^ next.low;
  return { high: high >>> 0, low: low >>> 0 };
}
