import type { ProxyCase } from '../case.ts';
import { compareCpu } from '../compare.ts';
import { singles } from '../contestants.ts';
import { sendHttp1 } from '../load.ts';

/** Clients that come by TLS and do not keep connections. */
export const tlsHandshakes: ProxyCase = {
  name: 'tls-handshakes',
  title: 'HTTP/1.1 over TLS 1.3, a handshake for each request',
  text: '16 clients, each of which closes its connection behind the answer and resumes no session; the proxy has a certificate with a P-256 key.',
  run: async (context) => {
    const { application, identities } = context;
    const downstreamTls = { identity: identities.server, isMutual: false };
    const hop = { name: 'tls', downstream: 'http1', downstreamTls, upstream: 'http1' } as const;
    const send = (port: number, seconds: number) =>
      sendHttp1(port, seconds, { connections: 16, isTls: true, headers: ['Connection: close'] });
    const contestants = singles(context, { ...hop, upstreamPort: application.http1Port }, send);
    await compareCpu(contestants, context, { warmUpSeconds: 4, seconds: 2 });
  },
};
