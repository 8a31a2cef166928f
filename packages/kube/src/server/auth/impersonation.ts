/**
 * Acting as somebody else (`kubectl --as`): the `Impersonate-*` headers name the user, and every part of the name needs the
 * caller's right to the verb `impersonate` on it, so that nobody gains a group by naming it.
 */
import { badRequest, forbiddenAction } from '../../shared/api-errors.ts';
import type { ApiStatusError } from '../../shared/status.ts';
import type { Attributes, Authorizer } from './types.ts';
import { anonymousUser, type UserInfo } from './user.ts';

const USER = 'impersonate-user';
const GROUP = 'impersonate-group';
const UID = 'impersonate-uid';
const EXTRA = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';
/** Each value costs a decision. */
const MAX_VALUES = 100;

/** The headers of a request by name in lower case, with all values of each. */
export interface ImpersonationHeaders {
  readonly names: readonly string[];
  readonly values: (name: string) => readonly string[];
}

interface Wish {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The user that the request is made as: the caller, or whom the caller may act as; throws when it may not. */
export function impersonate(caller: UserInfo, headers: ImpersonationHeaders, authorizer: Authorizer): UserInfo {
  if (!headers.names.some((name) => name.startsWith('impersonate-'))) return caller;
  const wish = readWish(headers);
  for (const attributes of permissionsFor(caller, wish)) {
    const decision = authorizer.authorize(attributes);
    if (!decision.isAllowed) throw denied(attributes, decision.reason);
  }
  const { username, uid, extra } = wish;
  return {
    username,
    groups: settleGroups(wish),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function readWish({ names, values }: ImpersonationHeaders): Wish {
  const [username = '', second] = values(USER).map(fromWire);
  const groups = values(GROUP).map(fromWire);
  const [uid, secondUid] = values(UID).map(fromWire);
  const extra: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>;
  let count = groups.length;
  for (const name of names) {
    if (!name.startsWith(EXTRA)) {
      if (name.startsWith('impersonate-') && ![USER, GROUP, UID].includes(name))
        throw badRequest(`unknown header ${name}`);
      continue;
    }
    const given = values(name).map(fromWire);
    extra[extraKey(name.slice(EXTRA.length))] = given;
    count += given.length;
  }
  if (second !== undefined || secondUid !== undefined) throw badRequest('only one user can be impersonated');
  if (count > MAX_VALUES) throw badRequest(`more than ${MAX_VALUES} groups and extra values are impersonated`);
  if (username === '')
    throw badRequest('a user must be impersonated for its groups, uid or extra to be: set Impersonate-User');
  return { username, groups, uid, extra };
}

/** Header values are bytes; names of users are UTF-8. */
function fromWire(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}

function extraKey(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error: unknown) {
    if (error instanceof URIError) return name;
    throw error;
  }
}

type ResourceAttributes = Extract<Attributes, { kind: 'resource' }>;

function* permissionsFor(user: UserInfo, wish: Wish): Iterable<ResourceAttributes> {
  const common = {
    kind: 'resource',
    user,
    verb: 'impersonate',
    version: 'v1',
    subresource: '',
    namespace: '',
  } as const;
  const account = SERVICE_ACCOUNT.exec(wish.username);
  yield account === null
    ? { ...common, group: '', resource: 'users', name: wish.username }
    : { ...common, group: '', resource: 'serviceaccounts', namespace: account[1]!, name: account[2]! };
  for (const name of wish.groups) yield { ...common, group: '', resource: 'groups', name };
  const identity = { ...common, group: 'authentication.k8s.io' };
  for (const [key, values] of Object.entries(wish.extra)) {
    for (const name of values) yield { ...identity, resource: 'userextras', subresource: key, name };
  }
  if (wish.uid !== undefined) yield { ...identity, resource: 'uids', name: wish.uid };
}

/** The groups that the impersonated user would have by being who it is. */
function settleGroups({ username, groups }: Wish): readonly string[] {
  const account = SERVICE_ACCOUNT.exec(username);
  const own =
    account === null || groups.length > 0 ? groups : ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`];
  if (own.includes(AUTHENTICATED) || own.includes(UNAUTHENTICATED)) return own;
  return [...own, username === anonymousUser.username ? UNAUTHENTICATED : AUTHENTICATED];
}

function denied(attributes: ResourceAttributes, why: string): ApiStatusError {
  return forbiddenAction({ ...attributes, user: attributes.user.username, why });
}
