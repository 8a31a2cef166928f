import { type CheckContext, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { boolean, FieldPath, type IssueReport, map, string } from '../../schema/index.ts';
import { base64Bytes, checkDataKeys, decodeBase64, encodeBase64, MAX_DATA_BYTES } from '../../validation/data-keys.ts';
import { ageColumn } from '../meta/index.ts';
import { checkImmutableData } from './immutable-data.ts';

/** Small sensitive values. */
export const secret = defineBuiltin({
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  description: 'Small sensitive values such as passwords, tokens and keys.',
  fields: {
    data: map('Values in base64.', string('Bytes in base64.', { format: 'byte' })),
    stringData: map('Values as plain texts; the server moves them into data and never shows them.', string('A text.')),
    type: string('What the values are for; decides which keys must exist.', { default: 'Opaque' }),
    immutable: boolean('The values never change again; the object can only be deleted.'),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Type', type: 'string', value: '.type', description: 'What the values are for.' },
    {
      name: 'Data',
      type: 'integer',
      declaredType: 'string',
      description: 'Number of values.',
      value: (object) => Object.keys((object['data'] as object | undefined) ?? {}).length,
    },
    ageColumn,
  ],
  applyDefaults(object) {
    if (object.stringData === undefined) return;
    const added = Object.entries(object.stringData).map(([key, text]) => [key, encodeBase64(text)]);
    if (added.length > 0) object.data = { ...object.data, ...Object.fromEntries(added) };
    delete object.stringData;
  },
  check(object, report, context) {
    checkSecret(object, report, context);
  },
});

/** Small sensitive values. */
export type Secret = ObjectOf<typeof secret>;

/** Annotation that binds a token Secret to its ServiceAccount. */
export const SERVICE_ACCOUNT_NAME_ANNOTATION = 'kubernetes.io/service-account.name';

const root = FieldPath.root;
const dataPath = root.child('data');
const REDACTED = '<secret contents redacted>';

function checkSecret(object: Secret, report: IssueReport, context: CheckContext): void {
  const data = object.data ?? {};
  checkDataKeys(dataPath, data, report);
  let bytes = 0;
  for (const value of Object.values(data)) bytes += base64Bytes(value);
  if (bytes > MAX_DATA_BYTES) report.tooLong(dataPath, MAX_DATA_BYTES);
  checkDataOfType(object, data, report);
  const { old } = context;
  if (old === undefined) return;
  if (old['type'] !== object.type) report.invalid(root.child('type'), object.type, 'field is immutable');
  checkImmutableData(['data'], object, old, report);
}

function checkDataOfType(object: Secret, data: Readonly<Record<string, string>>, report: IssueReport): void {
  switch (object.type ?? 'Opaque') {
    case 'kubernetes.io/service-account-token':
      if ((object.metadata.annotations?.[SERVICE_ACCOUNT_NAME_ANNOTATION] ?? '') === '') {
        report.required(root.child('metadata', 'annotations').key(SERVICE_ACCOUNT_NAME_ANNOTATION));
      }
      return;
    case 'kubernetes.io/dockercfg':
      checkJsonValue('.dockercfg', data, report);
      return;
    case 'kubernetes.io/dockerconfigjson':
      checkJsonValue('.dockerconfigjson', data, report);
      return;
    case 'kubernetes.io/basic-auth':
      // Either alone is a valid credential.
      if (data['username'] === undefined && data['password'] === undefined)
        requireKeys(['username', 'password'], data, report);
      return;
    case 'kubernetes.io/ssh-auth':
      if ((data['ssh-privatekey'] ?? '') === '') report.required(dataPath.key('ssh-privatekey'));
      return;
    case 'kubernetes.io/tls':
      requireKeys(['tls.crt', 'tls.key'], data, report);
      return;
    default:
      return;
  }
}

function requireKeys(keys: readonly string[], data: Readonly<Record<string, string>>, report: IssueReport): void {
  for (const key of keys) if (data[key] === undefined) report.required(dataPath.key(key));
}

function checkJsonValue(key: string, data: Readonly<Record<string, string>>, report: IssueReport): void {
  const encoded = data[key];
  if (encoded === undefined) report.required(dataPath.key(key));
  else if (!isJsonObject(decodeBase64(encoded))) report.invalid(dataPath.key(key), REDACTED, 'must be a JSON object');
}

function isJsonObject(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
