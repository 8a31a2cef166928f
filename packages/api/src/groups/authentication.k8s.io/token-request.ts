/** TokenRequest, the body of the `token` subresource of ServiceAccounts. It is a type of its own, but no resource. */
import { objectMeta } from '../../kind/index.ts';
import { FieldPath, type Infer, type IssueReport, integer, object, required, string } from '../../schema/index.ts';
import { stringList, timestamp } from '../meta/index.ts';

const PREFIX = 'io.k8s.api.authentication.v1';
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

const boundObjectReference = object(
  'An object whose end also ends the token.',
  {
    kind: string('Pod, Secret or Node.'),
    apiVersion: string('Version of the object; v1.'),
    name: string('Name of the object.'),
    uid: string('Identity of the object.'),
  },
  { name: `${PREFIX}.BoundObjectReference` },
);

/** The body of a request for a service account token, and of its answer. */
export const tokenRequest = object(
  'Asks for a token of a service account.',
  {
    apiVersion: string('Version of the API: authentication.k8s.io/v1.'),
    kind: string('TokenRequest.'),
    metadata: objectMeta,
    spec: required(
      object(
        'What the token must be good for.',
        {
          audiences: stringList('Who will check the token; the server itself when empty.', 'An audience.'),
          expirationSeconds: integer('Life of the token; the server may shorten it.', {
            format: 'int64',
            default: 3600,
          }),
          boundObjectRef: boundObjectReference,
        },
        { name: `${PREFIX}.TokenRequestSpec` },
      ),
    ),
    status: object(
      'The token.',
      { token: required(string('The token.')), expirationTimestamp: required(timestamp('When the token ends.')) },
      { name: `${PREFIX}.TokenRequestStatus` },
    ),
  },
  { name: `${PREFIX}.TokenRequest` },
);

/** The body of a request for a service account token, and of its answer. */
export type TokenRequest = Infer<typeof tokenRequest>;

/** Refuses tokens that are too short-lived to be useful or bound to what cannot bind them. */
export function checkTokenRequest(request: TokenRequest, report: IssueReport): void {
  const path = FieldPath.root.child('spec');
  const seconds = request.spec.expirationSeconds ?? 0;
  if (seconds < MIN_SECONDS) {
    report.invalid(path.child('expirationSeconds'), seconds, 'may not specify a duration less than 10 minutes');
  }
  if (seconds > MAX_SECONDS) {
    report.invalid(path.child('expirationSeconds'), seconds, 'may not specify a duration larger than 2^32 seconds');
  }
  const bound = request.spec.boundObjectRef;
  if (bound !== undefined && (bound.name ?? '') === '') report.required(path.child('boundObjectRef', 'name'));
}
