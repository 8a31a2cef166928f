import { ChunkEvent, ChunkedParser, HeadScan, scanRequestHead, scanResponseHead } from '@weft/proxy';
import { alternate } from '../lib/alternate.ts';
import { defineBenchmark } from '../lib/benchmark.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';

const ROUNDS = 9;
const REPEATS = 50_000;

/** What a browser or a service's client sends: 12 fields. */
const REQUEST = [
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
].join('\r\n');

const RESPONSE = [
  'HTTP/1.1 200 OK',
  'Content-Type: application/json',
  'Content-Length: 1024',
  'Date: Fri, 20 Nov 2026 12:00:00 GMT',
  'Server: app',
  'Cache-Control: no-store',
  '\r\n',
].join('\r\n');

/** The parsers alone, warm, on bytes in memory. */
export default defineBenchmark({
  name: 'http1-scan',
  summary: 'HTTP/1.1 head scanner and chunked parser',
  async run({ report, log, signal }) {
    const peers = [
      timed(`request head, 12 fields, ${REQUEST.length} bytes`, requestScan(REQUEST)),
      timed('request head, 1 field', requestScan('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
      timed(`response head, 5 fields, ${RESPONSE.length} bytes`, responseScan()),
      timed('chunked body, 4 chunks of 1 KB', chunkedBody()),
    ];
    for (const { measure } of peers) await measure();
    log(`${ROUNDS} rounds of ${peers.length} parsers`);
    const results = await alternate(peers, ROUNDS, signal);
    report.paragraph(`Nanoseconds per message, ${REPEATS} messages per round, everything warm.`);
    const rows = Array.from(results, ([name, times]) => {
      const spread = spreadOf(times);
      return [name, formatSpread(spread, 'ns', 0), `${spread.min.toFixed(0)} ns`];
    });
    report.table(['work', 'median', 'best'], rows);
  },
});

function timed(name: string, work: () => number) {
  return {
    name,
    measure: () => {
      const startedAt = performance.now();
      for (let i = 0; i < REPEATS; i++) if (work() <= 0) throw new Error(`${name}: the parser refused good bytes`);
      return Promise.resolve(((performance.now() - startedAt) * 1e6) / REPEATS);
    },
  };
}

function requestScan(text: string): () => number {
  const bytes = Buffer.from(text, 'latin1');
  const scan = new HeadScan();
  return () => {
    scan.begin(0);
    return scanRequestHead(scan, bytes, bytes.length);
  };
}

function responseScan(): () => number {
  const bytes = Buffer.from(RESPONSE, 'latin1');
  const scan = new HeadScan();
  return () => {
    scan.begin(0);
    return scanResponseHead(scan, bytes, bytes.length);
  };
}

function chunkedBody(): () => number {
  const bytes = Buffer.from(`${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(4)}0\r\n\r\n`);
  const parser = new ChunkedParser();
  return () => {
    parser.reset();
    let event: number = ChunkEvent.data;
    for (let at = 0; event === ChunkEvent.data; at = parser.position) event = parser.next(bytes, at, bytes.length);
    return event;
  };
}
