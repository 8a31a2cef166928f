/** The proxy that the environment asks for, read as Go's HTTP client reads it. */
import type { EnvSource } from '@weft/core';
import { kubeconfigError } from './kubeconfig-error.ts';

/** The proxy for a server, or undefined to go there directly. */
export function proxyFromEnv(server: URL, env: EnvSource): URL | undefined {
  const names = server.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((candidate) => (env[candidate] ?? '') !== '');
  if (name === undefined || isExcluded(server, env['NO_PROXY'] || env['no_proxy'] || '')) return undefined;
  return parseProxyUrl(name, env[name] ?? '');
}

/** Reads a proxy address; `where` names it in messages. */
export function parseProxyUrl(where: string, text: string): URL {
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `http://${text}`);
  } catch (thrown) {
    throw kubeconfigError(where, `"${text}" is not a URL`, undefined, thrown);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw kubeconfigError(where, `proxies of type ${url.protocol.slice(0, -1)} are not supported`, 'use http or https');
  }
  return url;
}

function isExcluded(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  // This machine is never behind a proxy.
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  return noProxy.split(',').some((part) => {
    const rule = part.trim().toLowerCase();
    if (rule === '') return false;
    if (rule === '*') return true;
    const [name = '', port] = rule.split(':', 2);
    if (port !== undefined && port !== (server.port || (server.protocol === 'https:' ? '443' : '80'))) return false;
    const domain = name.replace(/^\*?\./, '');
    return host === domain || host.endsWith(`.${domain}`);
  });
}
