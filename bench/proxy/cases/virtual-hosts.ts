import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CaseContext, ProxyCase } from '../case.ts';
import { type Contestant, compareCpu } from '../compare.ts';
import { sendHttp1 } from '../load.ts';
import type { ProxyPeer } from '../peers/peer.ts';

const MANY = 10_000;

/** Whether a large table costs more than a small one. */
export const virtualHosts: ProxyCase = {
  name: 'virtual-hosts',
  title: `HTTP/1.1, 64 connections: ${MANY} virtual hosts`,
  text: `Each request names another of ${MANY} hosts. Proxies with one virtual host for all names, and with one for each name. To reach: at most 10 % more.`,
  run: async (context) => {
    const script = writeScript(context.folder);
    const send = (port: number, seconds: number) => sendHttp1(port, seconds, { script });
    const weft = context.peers[0]!;
    await compareCpu(
      [
        contestant('weft, 1 virtual host', weft, undefined, context, send),
        contestant(`weft, ${MANY}`, weft, MANY, context, send),
      ],
      context,
    );
  },
};

function contestant(
  name: string,
  peer: ProxyPeer,
  count: number | undefined,
  { folder, application }: CaseContext,
  send: Contestant['send'],
): Contestant {
  const hop = { downstream: 'http1', upstream: 'http1', upstreamPort: application.http1Port } as const;
  return {
    name,
    start: async (port) => [
      await peer.start(folder, { ...hop, name: `hosts-${count ?? 1}`, port, virtualHosts: count }),
    ],
    send,
  };
}

/** Makes wrk ask for one host after the other. */
function writeScript(folder: string): string {
  const file = path.join(folder, 'hosts.lua');
  writeFileSync(
    file,
    `local requests, next = {}, 0
init = function()
  for i = 0, ${MANY - 1} do requests[i] = wrk.format("GET", "/", { Host = "host-" .. i .. ".test" }) end
end
request = function()
  next = (next + 7919) % ${MANY}
  return requests[next]
end
`,
  );
  return file;
}
