import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestAuthority, type TestCertificate } from '@weft/testkit';
import type { IdentityFiles } from './hop.ts';

/** The name of the server in the middle of a pair. */
export const SERVER_NAME = 'server.test';

/** Who takes part in TLS: P-256 keys under one authority. */
export interface Identities {
  readonly client: IdentityFiles;
  readonly server: IdentityFiles;
}

/** Writes certificates and keys into a folder. */
export async function writeIdentities(folder: string): Promise<Identities> {
  const authority = await TestAuthority.create();
  const ca = write(folder, 'ca.pem', authority.caPem);
  return {
    client: writeIdentity(folder, 'client', await authority.client('client'), ca),
    server: writeIdentity(folder, 'server', await authority.server({ dnsNames: [SERVER_NAME, 'localhost'] }), ca),
  };
}

function writeIdentity(folder: string, name: string, issued: TestCertificate, authority: string): IdentityFiles {
  const key = issued.keyPem.reveal();
  return {
    certificate: write(folder, `${name}.pem`, issued.chainPem),
    key: write(folder, `${name}.key`, key),
    both: write(folder, `${name}.both.pem`, `${issued.chainPem}\n${key}`),
    authority,
  };
}

function write(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
