import { alternate } from '../lib/alternate.ts';
import { defineBenchmark } from '../lib/benchmark.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import { Hop } from './hop.ts';

const ROUNDS = 9;
const REPEATS = 30_000;

const REQUEST = Buffer.from(
  [
    'GET /api/v1/products/42/reviews?page=2&sort=new HTTP/1.1',
    'Host: reviews.shop.svc.cluster.local:9080',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
    'Accept: application/json, text/plain, */*',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
    'Connection: keep-alive',
    'Cookie: session=0f8fad5bd9cb469fa16570867728950e; theme=dark',
    'Referer: https://shop.example.com/products/42',
    'X-Request-Id: 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    'Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-Proto: https',
    '\r\n',
  ].join('\r\n'),
);
const SHORT_REQUEST = Buffer.from(
  'GET /api/v1/products/42 HTTP/1.1\r\nHost: reviews.shop:9080\r\nAccept: */*\r\nUser-Agent: curl/8.5\r\n\r\n',
);

function response(framing: string, body: string): Buffer {
  return Buffer.from(
    [
      'HTTP/1.1 200 OK',
      'Content-Type: application/json',
      framing,
      'Date: Fri, 20 Nov 2026 12:00:00 GMT',
      'Server: app',
      'Cache-Control: no-store',
      `\r\n${body}`,
    ].join('\r\n'),
  );
}

const KILOBYTE = 'x'.repeat(1024);
const KNOWN = response('Content-Length: 1024', KILOBYTE);
const CHUNKED = response('Transfer-Encoding: chunked', `400\r\n${KILOBYTE}\r\n0\r\n\r\n`);

/** The sessions alone: no sockets, so what is left of a proxied request when the kernel's part is taken away. */
export default defineBenchmark({
  name: 'http1-session',
  summary: 'HTTP/1 sessions of a proxy hop over buffers in memory',
  async run({ report, log, signal }) {
    const peers = [
      timed('12 fields, 1 KB back, as it comes', new Hop(false, 'preserve'), REQUEST, KNOWN),
      timed('12 fields, 1 KB back, 5 edits', new Hop(true, 'preserve'), REQUEST, KNOWN),
      timed('12 fields, 1 KB back, 5 edits, names in lower case', new Hop(true, 'lower'), REQUEST, KNOWN),
      timed('12 fields, 1 KB back in chunks, 5 edits', new Hop(true, 'preserve'), REQUEST, CHUNKED),
      timed('3 fields, 1 KB back, 5 edits', new Hop(true, 'preserve'), SHORT_REQUEST, KNOWN),
    ];
    for (const { measure } of peers) await measure();
    log(`${ROUNDS} rounds of ${peers.length} hops`);
    const results = await alternate(peers, ROUNDS, signal);
    report.paragraph(
      'Microseconds of CPU per request that a server session takes, a client session sends on, and whose response goes back: scanning both heads, finding method, path and authority, three edits in the request and two in the response, writing both. Keeping the request for a log is in it.',
    );
    const rows = Array.from(results, ([name, times]) => {
      const spread = spreadOf(times);
      return [name, formatSpread(spread, 'µs', 2), `${spread.min.toFixed(2)} µs`];
    });
    report.table(['work', 'median', 'best'], rows);
  },
});

function timed(name: string, hop: Hop, request: Buffer, answer: Buffer) {
  return {
    name,
    measure: () => {
      const before = process.cpuUsage();
      for (let i = 0; i < REPEATS; i++) if (hop.pass(request, answer) === 0) throw new Error(`${name}: nothing left`);
      const { user, system } = process.cpuUsage(before);
      return Promise.resolve((user + system) / REPEATS);
    },
  };
}
