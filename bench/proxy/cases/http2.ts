import type { ProxyCase } from '../case.ts';
import { compareCpu } from '../compare.ts';
import { singles } from '../contestants.ts';
import { sendHttp2 } from '../load.ts';

/** HTTP/2 on both sides. */
export const http2: ProxyCase = {
  name: 'http2',
  title: 'HTTP/2, 16 connections with 10 streams each',
  text: 'nginx has no HTTP/2 to its upstreams. To reach: at most 0.95 of HAProxy, better 0.85.',
  run: async (context) => {
    const upstreamPort = context.application.http2Port;
    const contestants = singles(
      context,
      { name: 'http2', downstream: 'http2', upstream: 'http2', upstreamPort },
      sendHttp2,
    );
    await compareCpu(contestants, context);
  },
};
