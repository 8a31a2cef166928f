/** `serviceaccounts/NAME/token`: a TokenRequest, answered with a token that expires and may be bound to an object. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { badRequest, conflict, notFound } from '../../../shared/api-errors.ts';
import type { BoundObject } from '../../auth/service-account.ts';
import { decodeEntry } from '../../encode.ts';
import { kinds } from '../../kinds.ts';
import { plainText } from '../../plain-text.ts';
import { expectObject, parseBody } from '../body.ts';
import { type RestContext, readObject } from '../context.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from './types.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
/** What a token may be bound to. */
const BINDABLE = { Pod: kinds.pod, Secret: kinds.secret } as const;

/** Makes tokens. */
export const token: Subresource = {
  name: 'token',
  verbs: ['create'],
  shows: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  offers: (info) => info.kind === kinds.serviceAccount,
  answer(context: RestContext, request: SubresourceRequest): SubresourceAnswer {
    const { target } = request;
    const given = expectObject(parseBody(request.mediaType, request.body), 'the TokenRequest');
    const spec = isPlainObject(given['spec']) ? given['spec'] : {};
    const entry = context.storage.get(target.info.id, target.namespace, target.name);
    if (entry === undefined) throw notFound(kinds.serviceAccount, target.name);
    const account = decodeEntry(target.info, entry);
    const expirationSeconds = secondsOf(spec['expirationSeconds']);
    const audiences = audiencesOf(spec['audiences']);
    const bound = boundObject(context, account, spec['boundObjectRef']);
    const issued = context.issuer.issue({
      namespace: target.namespace,
      name: target.name,
      uid: account.metadata.uid!,
      audiences,
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

function secondsOf(value: unknown): number {
  if (value === undefined || value === null || value === 0) return DEFAULT_SECONDS;
  const path = 'TokenRequest: spec.expirationSeconds: Invalid value';
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw badRequest(`${path}: ${JSON.stringify(value)}: must be a whole number`);
  if (value < MIN_SECONDS) throw badRequest(`${path}: ${value}: may not specify a duration less than 10 minutes`);
  if (value > MAX_SECONDS) throw badRequest(`${path}: ${value}: may not specify a duration larger than 2^32 seconds`);
  return value;
}

function audiencesOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')) return value as string[];
  throw badRequest('TokenRequest: spec.audiences: must be a list of non-empty strings');
}

function boundObject(context: RestContext, account: ApiObject, ref: unknown): BoundObject | undefined {
  if (!isPlainObject(ref)) return undefined;
  const kindName = String(ref['kind']);
  if (kindName !== 'Pod' && kindName !== 'Secret') {
    throw badRequest(
      `cannot bind token to object of type ${JSON.stringify(kindName)}: only Pod and Secret can be bound to`,
    );
  }
  const kind = BINDABLE[kindName];
  const name = String(ref['name']);
  const object = readObject(context, kind, account.metadata.namespace!, name);
  if (object === undefined) throw notFound(kind, name);
  if (kindName === 'Pod' && serviceAccountOf(object) !== account.metadata.name) {
    throw badRequest(
      `cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`,
    );
  }
  const { uid } = object.metadata;
  if (ref['uid'] !== undefined && ref['uid'] !== '' && ref['uid'] !== uid) {
    throw conflict(
      kind,
      name,
      `the UID in the bound object reference (${plainText(ref['uid'])}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  return { kind: kindName, name, uid: uid! };
}

function serviceAccountOf(pod: ApiObject): string {
  const spec = isPlainObject(pod['spec']) ? pod['spec'] : {};
  return typeof spec['serviceAccountName'] === 'string' ? spec['serviceAccountName'] : 'default';
}
