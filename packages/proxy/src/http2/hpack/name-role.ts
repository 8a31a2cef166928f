/**
 * What a field's name means to the rules of HTTP/2 messages (RFC 9113 §8.2 and §8.3). Found once per name object, so that checking a head costs
 * one comparison for each field.
 */
export const NAME_ROLE = {
  regular: 0,
  /** A regular name with an underscore, which some gateways confuse with a hyphen. */
  underscore: 1,
  contentLength: 2,
  host: 3,
  te: 4,
  /** May not be sent in HTTP/2 (§8.2.2). */
  connectionSpecific: 5,
  /** Empty, in upper case, or with a byte that is not allowed (§8.2.1). */
  invalid: 6,
  unknownPseudo: 7,
  /** From here on: the known pseudo-headers. */
  method: 8,
  path: 9,
  scheme: 10,
  authority: 11,
  protocol: 12,
  status: 13,
} as const;

/** One of the values of NAME_ROLE. */
export type NameRole = (typeof NAME_ROLE)[keyof typeof NAME_ROLE];

/** A token without upper-case letters. */
const VALID_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

const SPECIAL: ReadonlyMap<string, NameRole> = new Map<string, NameRole>([
  ['content-length', NAME_ROLE.contentLength],
  ['host', NAME_ROLE.host],
  ['te', NAME_ROLE.te],
  ['connection', NAME_ROLE.connectionSpecific],
  ['keep-alive', NAME_ROLE.connectionSpecific],
  ['proxy-connection', NAME_ROLE.connectionSpecific],
  ['transfer-encoding', NAME_ROLE.connectionSpecific],
  ['upgrade', NAME_ROLE.connectionSpecific],
  [':method', NAME_ROLE.method],
  [':path', NAME_ROLE.path],
  [':scheme', NAME_ROLE.scheme],
  [':authority', NAME_ROLE.authority],
  [':protocol', NAME_ROLE.protocol],
  [':status', NAME_ROLE.status],
]);

/** The role of a name. */
export function roleOf(name: string): NameRole {
  const special = SPECIAL.get(name);
  if (special !== undefined) return special;
  if (name.charCodeAt(0) === 58) return NAME_ROLE.unknownPseudo;
  if (!VALID_NAME.test(name)) return NAME_ROLE.invalid;
  return name.includes('_') ? NAME_ROLE.underscore : NAME_ROLE.regular;
}
