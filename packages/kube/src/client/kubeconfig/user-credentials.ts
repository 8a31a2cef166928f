/** The `user` of a context as a source of credentials. */
import { Secret } from '@weft/core';
import type { CredentialSource, Credentials, Impersonation } from '../connection.ts';
import { decodeBase64 } from './base64.ts';
import type { DescribeCluster } from './cluster.ts';
import type { ConfigEnvironment } from './environment.ts';
import { ExecCredentialSource, parseExecConfig } from './exec-credential.ts';
import type { Fields } from './fields.ts';
import { RotatedFile } from './file-secret.ts';
import { type NamedEntry, resolveBeside } from './kubeconfig-file.ts';

/** What a user entry comes down to. */
export interface UserCredentials {
  readonly source: CredentialSource;
  readonly impersonation: Impersonation | undefined;
  readonly warnings: readonly string[];
}

/** Without a user: the server decides what an anonymous client may do. */
export const anonymous: CredentialSource = Object.freeze({
  get: () => Promise.resolve({}),
  invalidate: () => undefined,
});

/** Reads a user entry; `describeCluster` is for plug-ins that ask where they are. */
export function parseUser(
  user: NamedEntry,
  describeCluster: DescribeCluster,
  machine: ConfigEnvironment,
): UserCredentials {
  const { fields } = user;
  refuseUnsupported(fields);
  const impersonation = parseImpersonation(fields);
  const token = parseText(user, machine, { inline: 'token', file: 'tokenFile' });
  const certificate = parseText(user, machine, { data: 'client-certificate-data', file: 'client-certificate' });
  const key = parseText(user, machine, { data: 'client-key-data', file: 'client-key' });
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = certificate === undefined ? 'client-certificate' : 'client-key';
    throw fields.error(missing, 'is missing', 'a client certificate and its key are given together');
  }
  let source: CredentialSource = new TextCredentialSource(token, certificate, key);
  const warnings: string[] = [];
  if (fields.has('exec')) {
    if (token !== undefined || certificate !== undefined) {
      throw fields.error('exec', 'is given beside a token or a certificate', 'keep only one of them');
    }
    const exec = parseExecConfig(fields.fields('exec'), (path) => resolveBeside(user.file, path), describeCluster);
    source = new ExecCredentialSource(exec.config, machine);
    warnings.push(...exec.warnings);
  }
  fields.skip('extensions');
  return { source, impersonation, warnings: [...warnings, ...fields.unread()] };
}

function refuseUnsupported(fields: Fields): void {
  for (const name of ['username', 'password']) {
    if (fields.has(name)) {
      throw fields.error(name, 'is not supported: API servers have no password log-in', 'use a token or a certificate');
    }
  }
  if (fields.has('auth-provider')) {
    throw fields.error('auth-provider', 'is not supported', 'use the exec plug-in of your provider');
  }
}

function parseImpersonation(fields: Fields): Impersonation | undefined {
  const user = fields.text('as');
  const uid = fields.text('as-uid');
  const groups = fields.texts('as-groups');
  const extras = fields.fields('as-user-extra');
  const extra = Object.fromEntries(extras.names().map((name) => [name, extras.texts(name)]));
  if (user === undefined) {
    if (uid !== undefined || groups.length > 0 || extras.names().length > 0) throw fields.error('as', 'is missing');
    return undefined;
  }
  return { user, ...(uid === undefined ? {} : { uid }), groups, extra };
}

/** Reads a text that is given in place, as base64, or in a file. */
type TextReader = { readonly get: () => Promise<string>; readonly expire: () => void };

function parseText(
  user: NamedEntry,
  machine: ConfigEnvironment,
  names: { readonly inline?: string; readonly data?: string; readonly file: string },
): TextReader | undefined {
  const { fields } = user;
  const data = names.data === undefined ? undefined : fields.text(names.data);
  const file = fields.text(names.file);
  const inline = names.inline === undefined ? undefined : fields.text(names.inline);
  // Data wins over a file, but a token file wins over a token: it is the one that is renewed.
  if (data !== undefined) return fixed(decodeBase64(fields, names.data ?? '', data));
  if (file !== undefined) {
    const rotated = new RotatedFile(fields.path(names.file), resolveBeside(user.file, file), machine);
    return { get: () => rotated.get(), expire: () => rotated.expire() };
  }
  return inline === undefined ? undefined : fixed(inline);
}

function fixed(text: string): TextReader {
  return { get: () => Promise.resolve(text), expire: () => undefined };
}

class TextCredentialSource implements CredentialSource {
  readonly #token: TextReader | undefined;
  readonly #certificate: TextReader | undefined;
  readonly #key: TextReader | undefined;

  constructor(token: TextReader | undefined, certificate: TextReader | undefined, key: TextReader | undefined) {
    this.#token = token;
    this.#certificate = certificate;
    this.#key = key;
  }

  async get(): Promise<Credentials> {
    const [token, certificate, key] = await Promise.all([
      this.#token?.get(),
      this.#certificate?.get(),
      this.#key?.get(),
    ]);
    return {
      ...(token === undefined ? {} : { token: new Secret(token) }),
      ...(certificate === undefined || key === undefined ? {} : { certificate, key: new Secret(key) }),
    };
  }

  invalidate(): void {
    for (const reader of [this.#token, this.#certificate, this.#key]) reader?.expire();
  }
}
