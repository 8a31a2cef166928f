/** The fields of a rule of an AuthorizationPolicy. */
import { type Infer, list, object, required, type Schema, type SchemaRule, string } from '../../schema/index.ts';

function texts(description: string): Schema<string[]> {
  return list(description, string('A value; "*" at its start or end matches anything there.'));
}

function serviceAccounts(description: string): Schema<string[]> {
  return list(description, string('namespace/name, or the name alone in the own namespace.', { maxLength: 320 }), {
    maxItems: 16,
  });
}

const sourceFields = {
  principals: texts('Identities of peers, proved by mutual TLS: trust-domain/ns/namespace/sa/name.'),
  notPrincipals: texts('Identities of peers that do not match.'),
  requestPrincipals: texts('Issuer/subject of the token of the request.'),
  notRequestPrincipals: texts('Issuer/subject of tokens that do not match.'),
  namespaces: texts('Namespaces of peers, proved by mutual TLS.'),
  notNamespaces: texts('Namespaces of peers that do not match.'),
  serviceAccounts: serviceAccounts('Service accounts of peers, proved by mutual TLS.'),
  notServiceAccounts: serviceAccounts('Service accounts of peers that do not match.'),
  ipBlocks: texts('Addresses or ranges that the connection comes from.'),
  notIpBlocks: texts('Addresses or ranges that do not match.'),
  remoteIpBlocks: texts('Addresses or ranges of the original client, as proxies on the way report them.'),
  notRemoteIpBlocks: texts('Addresses or ranges of original clients that do not match.'),
} as const;

/** Who sends a request. */
export type Source = { readonly [F in keyof typeof sourceFields]?: string[] };

const accountsStandAlone: SchemaRule<Source> = {
  message: 'Cannot set serviceAccounts with namespaces or principals',
  cel:
    '(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? ' +
    '!(has(self.principals) || has(self.notPrincipals) || has(self.namespaces) || has(self.notNamespaces)) : true',
  check: (source) =>
    (source.serviceAccounts === undefined && source.notServiceAccounts === undefined) ||
    (source.principals ?? source.notPrincipals ?? source.namespaces ?? source.notNamespaces) === undefined,
};

const source = object('Who sends the request; all that is set must match.', sourceFields, {
  rules: [accountsStandAlone],
});

const operation = object('What the request does; all that is set must match.', {
  hosts: texts('Hosts of the request.'),
  notHosts: texts('Hosts that do not match.'),
  ports: texts('Ports that the request comes to.'),
  notPorts: texts('Ports that do not match.'),
  methods: texts('Methods of the request.'),
  notMethods: texts('Methods that do not match.'),
  paths: texts('Paths of the request; {*} stands for one segment and {**} for the rest.'),
  notPaths: texts('Paths that do not match.'),
});

/** What a request does. */
export type Operation = Infer<typeof operation>;

const condition = object('A further condition on the request.', {
  key: required(string('What is looked at, such as request.headers[x-team].')),
  values: texts('Values one of which must be there.'),
  notValues: texts('Values none of which may be there.'),
});

/** A condition on a request. */
export type Condition = Infer<typeof condition>;

const MAX_ENTRIES = 512;

/** A rule: it matches requests that match one of `from`, one of `to` and all of `when`. */
export const authorizationRule = object('Requests that match one of from, one of to, and all of when.', {
  from: list('Who may be the sender; anyone when absent.', object('A sender.', { source }), { maxItems: MAX_ENTRIES }),
  to: list('What the request may do; anything when absent.', object('An operation.', { operation })),
  when: list('Further conditions, which must all hold.', condition),
});

/** A rule of an AuthorizationPolicy. */
export type AuthorizationRule = Infer<typeof authorizationRule>;
