/** The `cluster` of a context: where the server is and what it must prove. */
import type { ClusterConnection } from '../connection.ts';
import { decodeBase64 } from './base64.ts';
import type { ConfigEnvironment } from './environment.ts';
import { RotatedFile } from './file-secret.ts';
import { type NamedEntry, resolveBeside } from './kubeconfig-file.ts';
import { parseProxyUrl, proxyFromEnv } from './proxy-from-env.ts';

/** The cluster as it goes into `ExecCredential.spec.cluster`. */
export type DescribeCluster = () => Promise<Readonly<Record<string, unknown>>>;

/** What a cluster entry comes down to. */
export interface ClusterEntry {
  readonly connection: Pick<
    ClusterConnection,
    'server' | 'isTlsVerified' | 'isCompressed' | 'readCertificateAuthority' | 'tlsServerName' | 'proxyUrl'
  >;
  /** The cluster as credential plug-ins are told of it. */
  readonly describe: DescribeCluster;
}

/** Reads a cluster entry. */
export function parseCluster(entry: NamedEntry, machine: ConfigEnvironment): ClusterEntry {
  const { fields } = entry;
  const address = fields.requiredText('server');
  const server = URL.canParse(address) ? new URL(address) : undefined;
  if (server === undefined || (server.protocol !== 'https:' && server.protocol !== 'http:')) {
    throw fields.error('server', `"${address}" is not an http or https URL`);
  }
  const tlsServerName = fields.text('tls-server-name');
  const proxy = fields.text('proxy-url');
  const proxyUrl =
    proxy === undefined ? proxyFromEnv(server, machine.env) : parseProxyUrl(fields.path('proxy-url'), proxy);
  const authority = parseAuthority(entry, machine);
  const isTlsVerified = !fields.flag('insecure-skip-tls-verify');
  if (!isTlsVerified && authority !== undefined) {
    const hint = 'keep only one of insecure-skip-tls-verify and certificate-authority';
    throw fields.error('insecure-skip-tls-verify', 'is given beside a certificate authority', hint);
  }
  const isCompressed = !fields.flag('disable-compression');
  fields.skip('extensions');
  return {
    connection: {
      server,
      isTlsVerified,
      isCompressed,
      ...(authority === undefined ? {} : { readCertificateAuthority: authority }),
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
    },
    describe: async () => ({
      server: address,
      ...(isTlsVerified ? {} : { 'insecure-skip-tls-verify': true }),
      ...(authority === undefined ? {} : { 'certificate-authority-data': encodeBase64(await authority()) }),
      ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
      ...(proxy === undefined ? {} : { 'proxy-url': proxy }),
    }),
  };
}

/** Reads the trusted authorities; undefined when the entry names none. */
function parseAuthority({ fields, file }: NamedEntry, machine: ConfigEnvironment): (() => Promise<string>) | undefined {
  const data = fields.text('certificate-authority-data');
  const path = fields.text('certificate-authority');
  if (data !== undefined) {
    const text = decodeBase64(fields, 'certificate-authority-data', data);
    return () => Promise.resolve(text);
  }
  if (path === undefined) return undefined;
  const rotated = new RotatedFile(fields.path('certificate-authority'), resolveBeside(file, path), machine);
  return () => rotated.get();
}

function encodeBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
