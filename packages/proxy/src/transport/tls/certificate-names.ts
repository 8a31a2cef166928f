/** Which of several certificates a server shows for a name. */
import { X509Certificate } from 'node:crypto';
import type { CertificateRuntime } from '@weft/engine';
import { CertificateFacts } from './certificate-facts.ts';

/** Certificates by the names that they are for. */
export interface CertificateChoice {
  /** At most one for each type of key: OpenSSL chooses among those by what the client can verify. */
  readonly byDefault: readonly CertificateRuntime[];
  /** Key: a name in lower case, wildcards as they are written. Only where there is more to choose from. */
  readonly byName: ReadonlyMap<string, readonly CertificateRuntime[]>;
}

/** Sorts certificates; throws what OpenSSL says of one that cannot be read. */
export function chooseCertificates(certificates: readonly CertificateRuntime[]): CertificateChoice {
  const all = certificates.map((certificate) => {
    const parsed = new X509Certificate(Buffer.from(certificate.chain));
    return { certificate, keyType: parsed.publicKey.asymmetricKeyType ?? '', names: namesOf(parsed) };
  });
  const byDefault = firstOfEachType(all);
  if (byDefault.length === all.length) return { byDefault, byName: new Map() };
  const names = new Set(all.flatMap((each) => each.names));
  const byName = new Map(
    [...names].map((name) => [name, firstOfEachType(all.filter((each) => each.names.includes(name)))] as const),
  );
  return { byDefault, byName };
}

/** The certificates for a name: its own, else those of a wildcard for its first label. */
export function findByName<T>(byName: ReadonlyMap<string, T>, serverName: string): T | undefined {
  const exact = byName.get(serverName);
  if (exact !== undefined) return exact;
  const dot = serverName.indexOf('.');
  return dot <= 0 ? undefined : byName.get(`*${serverName.slice(dot)}`);
}

interface Named {
  readonly certificate: CertificateRuntime;
  readonly keyType: string;
}

function firstOfEachType(all: readonly Named[]): readonly CertificateRuntime[] {
  const seen = new Set<string>();
  return all.flatMap(({ certificate, keyType }) => {
    if (seen.has(keyType)) return [];
    seen.add(keyType);
    return [certificate];
  });
}

/** The DNS names; the common name counts only where there are none, as in Envoy. */
function namesOf(certificate: X509Certificate): readonly string[] {
  const { dnsSans } = new CertificateFacts(certificate);
  if (dnsSans.length > 0) return dnsSans.map((name) => name.toLowerCase());
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
  return commonName === undefined ? [] : [commonName.toLowerCase()];
}
