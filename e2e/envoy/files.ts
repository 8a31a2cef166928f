/** The certificates of a run, as files for the proxy and as texts for clients and backends. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestAuthority, type TestCertificate } from '@weft/testkit';

/** A certificate with its key as PEM. */
export interface PemPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Everything that speaks TLS takes its identity from here. */
export interface TestFiles {
  readonly caPem: string;
  /** `localhost`, `test.local`, `*.wild.local` and the loopback address. */
  readonly server: PemPair;
  /** `spiffe://cluster.local/ns/default/sa/client`. */
  readonly client: PemPair;
}

/** Makes the certificates and writes them into a folder. */
export async function createFiles(folder: string): Promise<TestFiles> {
  const authority = await TestAuthority.create();
  const files: TestFiles = {
    caPem: authority.caPem,
    server: pemOf(await authority.server({ dnsNames: ['localhost', 'test.local', '*.wild.local'] })),
    client: pemOf(await authority.workload('default', 'client')),
  };
  writeFileSync(join(folder, 'ca.pem'), files.caPem);
  for (const name of ['server', 'client'] as const) {
    writeFileSync(join(folder, `${name}.pem`), files[name].certificatePem);
    writeFileSync(join(folder, `${name}.key`), files[name].keyPem);
  }
  return files;
}

function pemOf(certificate: TestCertificate): PemPair {
  return { certificatePem: certificate.chainPem, keyPem: certificate.keyPem.reveal() };
}
