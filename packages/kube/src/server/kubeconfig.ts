/** Writes a kubeconfig with one cluster, one user and one context. */
import type { Secret } from '@weft/core';
import { stringify } from 'yaml';

/** What the file says. */
export interface KubeconfigParts {
  readonly url: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: Secret<string>;
}

const NAME = 'weft';

/** The text of the file; it holds a private key. */
export function formatKubeconfig({ url, caPem, certPem, keyPem }: KubeconfigParts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: NAME, cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [
      { name: NAME, user: { 'client-certificate-data': base64(certPem), 'client-key-data': base64(keyPem.reveal()) } },
    ],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
    'current-context': NAME,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
