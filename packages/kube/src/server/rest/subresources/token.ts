/** `serviceaccounts/NAME/token`: a TokenRequest, answered with a token that expires and may be bound to an object. */
import { type ApiObject, IssueReport, isPlainObject, kubernetes } from '@weft/api';
import { badRequest, conflict, invalid, notFound } from '../../../shared/api-errors.ts';
import type { BoundObject } from '../../auth/service-account.ts';
import { decodeEntry } from '../../encode.ts';
import { kinds } from '../../kinds.ts';
import { parseBody } from '../body.ts';
import { type RestContext, readObject } from '../context.ts';
import { parseWriteOptions } from '../options.ts';
import { type BodyType, readBody } from './read-body.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

const { checkTokenRequest, tokenRequest } = kubernetes.authentication;
type TokenSpec = Parameters<typeof checkTokenRequest>[0]['spec'];

const TOKEN_REQUEST: BodyType = {
  group: 'authentication.k8s.io',
  versions: ['v1'],
  kind: 'TokenRequest',
  schema: tokenRequest,
};
/** What a token may be bound to. */
const BINDABLE = { Pod: kinds.pod, Secret: kinds.secret } as const;

/** Makes tokens. */
export const token: Subresource = {
  name: 'token',
  verbs: ['create'],
  shows: { group: TOKEN_REQUEST.group, version: 'v1', kind: TOKEN_REQUEST.kind },
  offers: (info) => info.kind === kinds.serviceAccount,
  answer(context: RestContext, request: SubresourceRequest): SubresourceAnswer {
    const { target } = request;
    const spec = readSpec(request);
    const entry = context.storage.get(target.info.id, target.namespace, target.name);
    if (entry === undefined) throw notFound(kinds.serviceAccount, target.name);
    const account = decodeEntry(target.info, entry);
    const expirationSeconds = spec.expirationSeconds!;
    const bound = boundObject(context, account, spec.boundObjectRef);
    const issued = context.issuer.issue({
      namespace: target.namespace,
      name: target.name,
      uid: account.metadata.uid!,
      audiences: spec.audiences ?? [],
      expirationSeconds,
      bound,
    });
    const value = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: target.name, namespace: target.namespace, creationTimestamp: issued.issuedAt },
      spec: { ...spec, audiences: issued.audiences, expirationSeconds },
      status: { token: issued.token, expirationTimestamp: issued.expiresAt },
    };
    return { status: 201, value };
  },
};

/** A request that leaves everything out asks for the usual token. */
function readSpec({ target, call, mediaType, body }: SubresourceRequest): TokenSpec {
  const { fieldValidation } = parseWriteOptions('CreateOptions', call);
  const parsed = parseBody(mediaType, body);
  const value = isPlainObject(parsed.value) ? withoutStatus(parsed.value) : parsed.value;
  const reading = { target, call, validation: fieldValidation };
  const given = readBody(TOKEN_REQUEST, { ...parsed, value }, reading) as unknown as { spec: TokenSpec };
  const report = new IssueReport();
  checkTokenRequest(given, report);
  if (report.issues.length > 0) throw invalid(TOKEN_REQUEST, '', report.issues);
  return given.spec;
}

/** Clients fill in an empty status because their types have one. */
function withoutStatus({ status: _status, ...asked }: Record<string, unknown>): Record<string, unknown> {
  return { spec: {}, ...asked };
}

function boundObject(
  context: RestContext,
  account: ApiObject,
  ref: TokenSpec['boundObjectRef'],
): BoundObject | undefined {
  if (ref === undefined) return undefined;
  const { kind: kindName = '', name = '', uid: wanted = '' } = ref;
  if (kindName !== 'Pod' && kindName !== 'Secret') {
    throw badRequest(
      `cannot bind token to object of type ${JSON.stringify(kindName)}: only Pod and Secret can be bound to`,
    );
  }
  const kind = BINDABLE[kindName];
  const object = readObject(context, kind, account.metadata.namespace!, name);
  if (object === undefined) throw notFound(kind, name);
  if (kindName === 'Pod' && serviceAccountOf(object) !== account.metadata.name) {
    throw badRequest(
      `cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`,
    );
  }
  const { uid } = object.metadata;
  if (wanted !== '' && wanted !== uid) {
    throw conflict(
      kind,
      name,
      `the UID in the bound object reference (${wanted}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  return { kind: kindName, name, uid: uid! };
}

function serviceAccountOf(pod: ApiObject): string {
  const spec = isPlainObject(pod['spec']) ? pod['spec'] : {};
  return typeof spec['serviceAccountName'] === 'string' ? spec['serviceAccountName'] : 'default';
}
