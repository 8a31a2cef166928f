import type { ProxyCase } from '../case.ts';
import { compareCpu } from '../compare.ts';
import { singles } from '../contestants.ts';
import { sendHttp1 } from '../load.ts';

/** HTTP/1.1 on both sides, connections kept. */
export const http1: ProxyCase = {
  name: 'http1',
  title: 'HTTP/1.1, 64 connections',
  text: 'To reach: at most 1.1 of nginx, better 1.0.',
  run: async (context) => {
    const upstreamPort = context.application.http1Port;
    const contestants = singles(
      context,
      { name: 'http1', downstream: 'http1', upstream: 'http1', upstreamPort },
      sendHttp1,
    );
    await compareCpu(contestants, context);
  },
};
