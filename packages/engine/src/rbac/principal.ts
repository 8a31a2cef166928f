import type { Principal, Principal_Authenticated, Principal_Set } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { FilterStateMatcher } from '@weft/proto/envoy/type/matcher/v3/filter_state';
import { compileFilterStateMessage } from '../compile/matchers/filter-state-matcher.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { compileStringMessage } from '../compile/matchers/string-matcher.ts';
import { supports } from '../compile/support.ts';
import type { StringMatcher } from '../match/string-matcher.ts';
import type { MatchView } from '../view/match-view.ts';
import type { CertificateView } from '../view/tls-view.ts';
import type { RbacContext } from './rbac-context.ts';
import { addressRule, headerRule, metadataRule, sourcedMetadataRule, urlPathRule } from './request-rules.ts';
import { ANY, allOf, leaf, notRule, oneOf, type Rule } from './rule.ts';

/** What is supported of principals. */
export const PRINCIPAL_SUPPORT = [
  supports<Principal>('envoy.config.rbac.v3.Principal', {
    identifier: {
      andIds: true,
      orIds: true,
      any: true,
      authenticated: true,
      sourceIp: true,
      directRemoteIp: true,
      remoteIp: true,
      header: true,
      urlPath: true,
      metadata: true,
      filterState: true,
      notId: true,
      custom: 'principals of extensions are not supported: use authenticated, header or metadata',
      sourcedMetadata: true,
    },
  }),
  supports<Principal_Set>('envoy.config.rbac.v3.Principal.Set', { ids: true }),
  supports<Principal_Authenticated>('envoy.config.rbac.v3.Principal.Authenticated', { principalName: true }),
];

/** Compiles a principal; undefined when there was a problem. Messages are decoded to a bounded depth, so the recursion is bounded. */
export function compilePrincipal({ identifier }: Principal, path: string, context: RbacContext): Rule | undefined {
  switch (identifier.case) {
    case undefined:
      return isMissing(path, 'identifier', context);
    case 'any':
      return identifier.value ? ANY : isMissing(path, 'any: true', context);
    case 'andIds':
    case 'orIds': {
      if (identifier.value.ids.length === 0) {
        return isMissing(`${path}.${SETS[identifier.case]}`, 'at least one of ids', context);
      }
      const rules = compilePrincipals(identifier.value.ids, `${path}.${SETS[identifier.case]}.ids`, context);
      return rules && (identifier.case === 'andIds' ? allOf(rules) : oneOf(rules));
    }
    case 'notId': {
      const negated = compilePrincipal(identifier.value, `${path}.not_id`, context);
      return negated && notRule(negated);
    }
    case 'authenticated':
      return authenticatedRule(identifier.value, `${path}.authenticated`, context);
    case 'sourceIp':
      return addressRule('source', connectionRemote, identifier.value, `${path}.source_ip`, context);
    case 'directRemoteIp':
      return addressRule('peer', directRemote, identifier.value, `${path}.direct_remote_ip`, context);
    case 'remoteIp':
      return addressRule('client', (view) => view.remote, identifier.value, `${path}.remote_ip`, context);
    case 'header':
      return headerRule(identifier.value, `${path}.header`, context);
    case 'urlPath':
      return urlPathRule(identifier.value, `${path}.url_path`, context);
    case 'metadata':
      return metadataRule(identifier.value, `${path}.metadata`, context);
    case 'sourcedMetadata':
      return sourcedMetadataRule(identifier.value, `${path}.sourced_metadata`, context);
    case 'custom':
      context.problems.add(`${path}.custom`, `extension ${identifier.value.name} is not supported`);
      return undefined;
    case 'filterState':
      return filterStateRule(identifier.value, `${path}.filter_state`, context);
  }
}

const SETS = { andIds: 'and_ids', orIds: 'or_ids' };

/** Compiles several principals; undefined when one of them has a problem. */
export function compilePrincipals(
  messages: readonly Principal[],
  path: string,
  context: RbacContext,
): readonly Rule[] | undefined {
  return compileList(messages, path, (message, at) => compilePrincipal(message, at, context));
}

function connectionRemote({ connection }: MatchView) {
  return connection.remote;
}

function directRemote({ connection }: MatchView) {
  return connection.directRemote;
}

/** Without a name, any connection by TLS will do, as in Envoy: whether clients need certificates is said where TLS is configured. */
function authenticatedRule(
  { principalName }: Principal_Authenticated,
  path: string,
  context: RbacContext,
): Rule | undefined {
  if (principalName === undefined) return leaf(({ connection }) => connection.tls !== undefined, 'any peer by TLS');
  const name = compileStringMessage(principalName, `${path}.principal_name`, context);
  if (name === undefined) return undefined;
  const { matchPattern, ignoreCase } = principalName;
  const isExact = matchPattern.case === 'exact' && !ignoreCase;
  return leaf(
    ({ connection }) => connection.tls !== undefined && matchesPeer(connection.tls.peer, name),
    `authenticated as ${name.describe()}`,
    isExact ? { principals: [matchPattern.value] } : undefined,
  );
}

/** The URI names first, then the DNS names, then the subject; a peer without a certificate has the empty name. */
function matchesPeer(peer: CertificateView | undefined, name: StringMatcher): boolean {
  if (peer === undefined) return name.matches('');
  const { uriSans, dnsSans } = peer;
  for (let i = 0; i < uriSans.length; i += 1) if (name.matches(uriSans[i]!)) return true;
  for (let i = 0; i < dnsSans.length; i += 1) if (name.matches(dnsSans[i]!)) return true;
  return name.matches(peer.subject);
}

function filterStateRule(message: FilterStateMatcher, path: string, context: RbacContext): Rule | undefined {
  const matcher = compileFilterStateMessage(message, path, context);
  return matcher && leaf((view) => matcher.matches(view), matcher.describe());
}
