/** Connections through an HTTP proxy: a CONNECT tunnel, with TLS to the server inside of it. */
import type { Agent } from 'node:http';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { MeshError } from '@weft/core';
import { http, https } from './node-http.ts';

type CreateConnection = Agent['createConnection'];

/** How long a proxy may take to open a tunnel. */
const TUNNEL_TIMEOUT_MS = 30_000;

/** The `createConnection` of an agent whose connections go through this proxy. */
export function tunnelAgentOptions(proxy: URL, isTls: boolean): CreateConnection {
  return (options, callback) => {
    const { host, port } = options as { readonly host?: string; readonly port?: number | string };
    const authority = `${host?.includes(':') ? `[${host}]` : host}:${port}`;
    const request = (proxy.protocol === 'https:' ? https : http).request({
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
      path: authority,
      headers: { host: authority, ...authorization(proxy) },
      timeout: TUNNEL_TIMEOUT_MS,
      // The tunnel is not the proxy's to reuse.
      agent: false,
    });
    const fail = (problem: string, cause?: unknown) => {
      const error = new MeshError(
        'MESH_CONNECT',
        `proxy ${proxy.host} ${problem}`,
        cause === undefined ? {} : { cause },
      );
      callback?.(error, undefined as never);
    };
    request.once('connect', (response, socket, head) => {
      // From here on, how long the connection may be silent is the server's business.
      request.removeAllListeners('timeout');
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      if (response.statusCode !== 200) {
        socket.destroy();
        fail(`refused the tunnel to ${authority} with ${response.statusCode} ${response.statusMessage ?? ''}`.trim());
        return;
      }
      callback?.(null, isTls ? connectTls({ ...(options as ConnectionOptions), socket }) : socket);
    });
    request.once('response', (response) => {
      response.destroy();
      fail(`answered ${response.statusCode} instead of opening a tunnel`);
    });
    request.once('timeout', () => request.destroy(new Error(`no tunnel within ${TUNNEL_TIMEOUT_MS} ms`)));
    request.once('error', (error) => fail(`cannot open a tunnel to ${authority}: ${error.message}`, error));
    request.end();
    return undefined;
  };
}

function authorization(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
