import type { ProxyCase } from '../case.ts';
import { compareCpu } from '../compare.ts';
import { singles } from '../contestants.ts';
import { sendHttp1 } from '../load.ts';

/** Clients that do not keep connections. */
export const newConnections: ProxyCase = {
  name: 'new-connections',
  title: 'HTTP/1.1, a new connection for each request',
  text: '16 clients, each of which closes its connection behind the answer; connections to the application are kept.',
  run: async (context) => {
    const hop = { name: 'new', downstream: 'http1', upstream: 'http1' } as const;
    const send = (port: number, seconds: number) =>
      sendHttp1(port, seconds, { connections: 16, headers: ['Connection: close'] });
    const contestants = singles(context, { ...hop, upstreamPort: context.application.http1Port }, send);
    await compareCpu(contestants, context, { warmUpSeconds: 4, seconds: 2 });
  },
};
