/** Compares what becomes of requests with what a real Envoy did to them (e2e/envoy/testdata). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileCidrSet, type HttpManagerRuntime, type IpDetectionRuntime, parseCidr } from '@weft/engine';
import { MANAGER_RUNTIME } from '../../../test-support/manager-runtime.ts';
import { fieldsOf, http1Head } from '../../../test-support/request-heads.ts';
import { ConnectionInfo } from '../../../transport/connection-info.ts';
import { SocketAddress } from '../../../transport/socket-address.ts';
import { MANAGER_STATS } from '../manager-stats.ts';
import { admitRequest } from './admit-request.ts';

type Pair = readonly [string, string];

interface Recorded {
  readonly asked: {
    readonly name: string;
    readonly listener?: string;
    readonly from?: string;
    readonly steps?: readonly { readonly kind: string; readonly text?: string }[];
  };
  readonly got: {
    readonly received: readonly { readonly status: number; readonly headers: readonly Pair[] }[];
    readonly arrived: readonly { readonly line: string; readonly headers: readonly Pair[] }[];
    readonly log: readonly { readonly details: string }[];
  };
}

const OWN_HOST = '<this machine>';
const INTERNAL = rangesOf('127.0.0.0/8', '10.0.0.0/8');
const TEN = rangesOf('10.0.0.0/8');
const internalAddresses = { ranges: INTERNAL, unixSockets: false };
const BEHIND = { ...MANAGER_RUNTIME, useRemoteAddress: false };
const EDGE = { ...MANAGER_RUNTIME, useRemoteAddress: true };
const requestId = MANAGER_RUNTIME.requestId;

function rangesOf(...texts: readonly string[]) {
  return compileCidrSet(
    texts.flatMap((text) => {
      const cidr = parseCidr(text, '');
      return cidr.kind === 'ok' ? [cidr.value] : [];
    }),
  );
}

function realIp(isTrusted: boolean, rejectStatus: number | undefined): IpDetectionRuntime {
  return { kind: 'header', name: 'x-real-ip', isTrusted, rejectStatus };
}

/** The options of the recorded listeners; those that are not here use what is refused by name. */
const LISTENERS: Readonly<Record<string, HttpManagerRuntime>> = {
  main: BEHIND,
  'trust-1': { ...BEHIND, trustedHops: 1 },
  edge: EDGE,
  'edge-trust-1': { ...EDGE, trustedHops: 1 },
  'edge-internal': { ...EDGE, internalAddresses },
  'edge-skip': { ...EDGE, skipsXffAppend: true },
  'inner-internal': { ...BEHIND, internalAddresses },
  represent: EDGE,
  'detection-xff': { ...BEHIND, ipDetections: [{ kind: 'hops', trustedHops: 1, appendsPeer: false }] },
  'xff-cidrs': { ...BEHIND, ipDetections: [{ kind: 'ranges', trusted: INTERNAL, appendsPeer: true }] },
  'xff-cidrs-other': { ...BEHIND, ipDetections: [{ kind: 'ranges', trusted: TEN, appendsPeer: false }] },
  detection: { ...BEHIND, ipDetections: [realIp(true, 401)] },
  'detection-lax': { ...BEHIND, ipDetections: [realIp(false, undefined)] },
  'detection-two': {
    ...BEHIND,
    internalAddresses,
    ipDetections: [realIp(false, undefined), { kind: 'hops', trustedHops: 0, appendsPeer: true }],
  },
  via: { ...BEHIND, via: 'mesh' },
  'server-pass': BEHIND,
  'server-name': BEHIND,
  'keep-id': { ...BEHIND, requestId: { ...requestId, preservesExternal: true } },
  'edge-keep-id': { ...EDGE, requestId: { ...requestId, preservesExternal: true } },
  'no-id': { ...BEHIND, requestId: { ...requestId, generates: false } },
  port: { ...EDGE, appendsForwardedPort: true },
  scheme: { ...BEHIND, scheme: { overwrite: 'https', matchesUpstream: false } },
  'child-span': { ...BEHIND, addsUserAgent: true },
  normalize: { ...BEHIND, normalizesPath: true },
  merge: { ...BEHIND, mergesSlashes: true },
  both: { ...BEHIND, normalizesPath: true, mergesSlashes: true },
  'slashes-keep': BEHIND,
  'slashes-reject': { ...BEHIND, escapedSlashes: 'reject' },
  'slashes-redirect': { ...BEHIND, escapedSlashes: 'unescapeAndRedirect' },
  'slashes-forward': {
    ...BEHIND,
    escapedSlashes: 'unescapeAndForward',
    normalizesPath: true,
    mergesSlashes: true,
  },
};

/** What the router, the codecs and the recording's backend add or take. */
const OTHERS = new Set([
  'x-envoy-expected-rq-timeout-ms',
  'x-seen-remote',
  'x-seen-direct',
  'host',
  'x-case',
  'x-answer-head',
]);
/** Taken by the router, not on the way in. */
const TAKEN_LATER = ['x-envoy-max-retries', 'x-envoy-upstream-alt-stat-name', 'x-envoy-force-trace', 'x-envoy-ip-tags'];
const LISTENER_PORT = 8080;

function recordingsOf(name: string): readonly Recorded[] {
  const file = new URL(`../../../../../../e2e/envoy/testdata/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly exchanges: readonly Recorded[] }).exchanges;
}

/** Request ids are told apart by their version, as the recordings do. */
function mask(name: string, value: string): string {
  if (name !== 'x-request-id') return value.replace('$LISTENER_port', String(LISTENER_PORT));
  return value.replace(/^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f-]{21}$/, '<uuid $1>');
}

function admit({ asked }: Recorded) {
  const runtime = LISTENERS[asked.listener ?? 'main'];
  const sent = asked.steps?.find(({ kind }) => kind === 'send')?.text;
  if (runtime === undefined || sent === undefined) return undefined;
  const [line = '', ...lines] = sent.slice(0, sent.indexOf('\r\n\r\n')).split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const fields = lines.map(
    (each): Pair => [each.slice(0, each.indexOf(':')), each.slice(each.indexOf(':') + 1).trim()],
  );
  const host = fields.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  const head = http1Head({ method, path, host, fields: fields.filter(([name]) => name.toLowerCase() !== 'host') });
  if (head === undefined) return undefined;
  const local = new SocketAddress('127.0.0.1', LISTENER_PORT);
  const connection = new ConnectionInfo(new SocketAddress(asked.from ?? '127.0.0.1', 40_000), local);
  const stats = new Float64Array(Object.keys(MANAGER_STATS.at).length);
  const identity = { host: OWN_HOST, nodeId: 'my-node', cluster: 'my-cluster' };
  const facts = { protocol: 'HTTP/1.1', remote: connection.remote, isInternal: false };
  return { head, facts, reply: admitRequest(head, connection, { runtime, identity, stats }, [], facts) };
}

test('forwarding headers are those that Envoy sends', () => {
  let compared = 0;
  for (const recorded of recordingsOf('forwarded')) {
    const { asked, got } = recorded;
    const admitted = admit(recorded);
    const arrived = got.arrived[0];
    if (admitted === undefined || arrived === undefined) continue;
    compared++;
    const expected: Record<string, string> = {};
    for (const [name, value] of arrived.headers) if (!OTHERS.has(name)) expected[name] = mask(name, value);
    const actual = Object.fromEntries(
      Object.entries(fieldsOf(admitted.head))
        .filter(([name]) => !OTHERS.has(name))
        .map(([name, value]) => [name, mask(name, value)]),
    );
    for (const name of TAKEN_LATER) if (!(name in expected)) delete actual[name];
    assert.deepEqual(actual, expected, asked.name);
    const remote = arrived.headers.find(([name]) => name === 'x-seen-remote')?.[1];
    assert.equal(admitted.facts.remote.host, remote, asked.name);
  }
  assert.ok(compared > 80, `only ${compared} were compared`);
});

test('paths are those that Envoy forwards, refuses or redirects to', () => {
  let compared = 0;
  for (const recorded of recordingsOf('paths')) {
    const { asked, got } = recorded;
    const admitted = admit(recorded);
    const { details } = got.log[0] ?? { details: '' };
    // Refused by the codec, or accepted there where ours is stricter.
    if (admitted === undefined || details.startsWith('http1.') || asked.name.startsWith('absolute form')) continue;
    compared++;
    const { reply, head } = admitted;
    const [response] = got.received;
    if (got.arrived[0] !== undefined) {
      assert.equal(reply, undefined, asked.name);
      assert.equal(head.path, got.arrived[0].line.split(' ')[1], asked.name);
    } else {
      assert.equal(reply?.details, details, asked.name);
      // gRPC clients see 200 whatever it was.
      if (!asked.name.startsWith('grpc')) assert.equal(reply?.status, response?.status, asked.name);
      const location = response?.headers.find(([name]) => name === 'location')?.[1];
      assert.equal(reply?.headers?.find(([name]) => name === 'location')?.[1], location, asked.name);
    }
  }
  assert.ok(compared > 100, `only ${compared} were compared`);
});
