import type { ProxyCase } from '../case.ts';
import { compareCpu } from '../compare.ts';
import { mutualTlsPairs } from '../contestants.ts';
import { sendHttp1 } from '../load.ts';

/** What a mesh does with every request. */
export const mtlsPair: ProxyCase = {
  name: 'mtls-pair',
  title: 'A pair with mutual TLS between: HTTP/1.1, 64 connections',
  text: `The load speaks HTTP/1.1 to one proxy, this one by mutual TLS 1.3 to a second one, and that HTTP/1.1 to the application. CPU and memory are of
both. Between the two there is HTTP/2, but at nginx, which has none to upstreams. To reach: at most 0.65 of the nginx pair and 1.0 of HAProxy's, better 0.55
and 0.85, and at most 0.4 of Envoy's.`,
  run: async (context) => compareCpu(mutualTlsPairs(context, sendHttp1), context),
};
