/** What the Secret of a self-signed authority says: Istio's four files, and ours for a successor that has been announced. */
import type { X509Certificate } from 'node:crypto';
import { ok, type Result } from '@weft/core';
import {
  type CertificateAuthority,
  certificatesToPem,
  type IdentityError,
  privateKeyToPem,
  refuseIdentity,
} from '@weft/identity';
import { CA_FILE, type CaContext, type CaMaterial, caFilesOf, parseCaMaterial, withoutDoubles } from './ca-files.ts';
import type { RetiringRoot } from './rotation-plan.ts';
import { OWN_PREFIX, type SecretContent } from './secret-store.ts';

/** An authority with its successor and its forerunners. */
export interface CaRecord {
  readonly current: CertificateAuthority;
  readonly next: { readonly authority: CertificateAuthority; readonly announcedAtMs: number } | undefined;
  /** Those that signed before and those that the owner of the mesh added, beside the ones of `current` and `next`. */
  readonly otherRoots: readonly X509Certificate[];
  readonly retiring: readonly RetiringRoot[];
  readonly isRotationAskedFor: boolean;
}

const NEXT_CERTIFICATE = 'next-ca-cert.pem';
const NEXT_KEY = 'next-ca-key.pem';

/** When the successor was announced, as an ISO time. */
const ANNOUNCED_AT = `${OWN_PREFIX}announced-at`;
/** `FINGERPRINT=TIME` of each root that signs no more, separated by commas. */
const RETIRING = `${OWN_PREFIX}retiring`;
/** Set by whoever wants a new root: `kubectl annotate secret istio-ca-secret ca.weft.dev/rotate=now`. */
const ROTATE = `${OWN_PREFIX}rotate`;

/** All that is to be trusted. */
export function rootsOf({ current, next, otherRoots }: CaRecord): readonly X509Certificate[] {
  return withoutDoubles([current.root, ...(next === undefined ? [] : [next.authority.root]), ...otherRoots]);
}

/** What the rest of the mesh is to work with. */
export function materialOf(record: CaRecord): CaMaterial {
  const { current } = record;
  const intermediates = current.path.slice(0, -1);
  return { origin: 'self-signed', authority: current, roots: rootsOf(record), intermediates };
}

/** The Secret of a record. */
export function encodeCaRecord(record: CaRecord): SecretContent {
  const { current, next, retiring } = record;
  const data: Record<string, string> = {
    [CA_FILE.certificate]: current.certificate.toString(),
    [CA_FILE.key]: privateKeyToPem(current.keys).reveal(),
    [CA_FILE.roots]: certificatesToPem(rootsOf(record)),
    [CA_FILE.chain]: certificatesToPem(current.path.slice(1, -1)),
  };
  const annotations: Record<string, string> = {};
  if (next !== undefined) {
    data[NEXT_CERTIFICATE] = next.authority.certificate.toString();
    data[NEXT_KEY] = privateKeyToPem(next.authority.keys).reveal();
    annotations[ANNOUNCED_AT] = new Date(next.announcedAtMs).toISOString();
  }
  if (retiring.length > 0) {
    annotations[RETIRING] = retiring
      .map(({ fingerprint, untilMs }) => `${fingerprint}=${new Date(untilMs).toISOString()}`)
      .join(',');
  }
  if (record.isRotationAskedFor) annotations[ROTATE] = 'now';
  return { data, annotations };
}

/** Reads a Secret of ours, or of Istio. */
export function decodeCaRecord(secret: SecretContent, context: CaContext): Result<CaRecord, IdentityError> {
  const { annotations, data } = secret;
  const material = parseCaMaterial(
    caFilesOf((name) => data[name]),
    'self-signed',
    context,
  );
  if (material.kind === 'err') return material;
  const next = decodeNext(secret, context);
  if (next.kind === 'err') return next;
  const own = [material.value.authority, next.value?.authority].map((authority) => authority?.root.fingerprint256);
  return ok({
    current: material.value.authority,
    next: next.value,
    otherRoots: material.value.roots.filter((root) => !own.includes(root.fingerprint256)),
    retiring: decodeRetiring(annotations[RETIRING] ?? ''),
    isRotationAskedFor: (annotations[ROTATE] ?? '') !== '',
  });
}

/** The successor of a Secret, which may be good though its forerunner is over. */
export function decodeNext(
  { annotations, data }: SecretContent,
  context: CaContext,
): Result<CaRecord['next'], IdentityError> {
  if (data[NEXT_CERTIFICATE] === undefined) return ok(undefined);
  const announcedAtMs = Date.parse(annotations[ANNOUNCED_AT] ?? '');
  if (Number.isNaN(announcedAtMs)) {
    const message = `${NEXT_CERTIFICATE} is there, but annotation ${ANNOUNCED_AT} is no time`;
    return refuseIdentity('MESH_CERTIFICATE', message, { hint: `remove ${NEXT_CERTIFICATE} and ${NEXT_KEY}` });
  }
  const files = caFilesOf(
    (name) => ({ [CA_FILE.certificate]: data[NEXT_CERTIFICATE], [CA_FILE.key]: data[NEXT_KEY] })[name],
  );
  const material = parseCaMaterial(files, 'self-signed', context);
  return material.kind === 'ok' ? ok({ authority: material.value.authority, announcedAtMs }) : material;
}

/** What cannot be read retires nothing: a root that stays too long harms less than one that goes too early. */
function decodeRetiring(text: string): readonly RetiringRoot[] {
  return text
    .split(',')
    .map((part) => {
      const [fingerprint = '', time = ''] = part.split('=');
      return { fingerprint, untilMs: Date.parse(time) };
    })
    .filter(({ fingerprint, untilMs }) => fingerprint !== '' && !Number.isNaN(untilMs));
}
