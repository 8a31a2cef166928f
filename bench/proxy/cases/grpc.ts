import assert from 'node:assert/strict';
import { callOnce } from '../call-once.ts';
import type { ProxyCase } from '../case.ts';
import { type Contestant, compareCpu } from '../compare.ts';
import { singles } from '../contestants.ts';
import { sendGrpc } from '../load.ts';

/** Unary calls of gRPC. */
export const grpc: ProxyCase = {
  name: 'grpc',
  title: 'gRPC, unary calls, 16 connections with 10 streams each',
  text: `A message of 128 bytes, answered with one of 1 KB and trailers. The application answers before it has read the message, which lets about one call
in a thousand fail at nginx, and none elsewhere. To reach: at most 0.95 of HAProxy, better 0.85.`,
  run: async (context) => {
    const upstreamPort = context.application.http2Port;
    const hop = { name: 'grpc', downstream: 'grpc', upstream: 'grpc', upstreamPort } as const;
    const send = (port: number, seconds: number) => sendGrpc(port, seconds, context.folder, 0);
    const sendToNginx = (port: number, seconds: number) => sendGrpc(port, seconds, context.folder, 5);
    const contestants = singles(context, hop, send).map((each) =>
      withTrailers(each.name === 'nginx' ? { ...each, send: sendToNginx } : each),
    );
    await compareCpu(contestants, context);
  },
};

/** The load counts heads: that calls really end with their status is asked once. */
function withTrailers(contestant: Contestant): Contestant {
  return {
    ...contestant,
    start: async (port) => {
      const processes = await contestant.start(port);
      assert.equal(await callOnce(port, '/bench.Echo/Unary'), '0', `the status of gRPC through ${contestant.name}`);
      return processes;
    },
  };
}
