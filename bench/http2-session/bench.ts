import { alternate } from '../lib/alternate.ts';
import { defineBenchmark } from '../lib/benchmark.ts';
import { formatSpread, spreadOf } from '../lib/stats.ts';
import { Chain } from './chain.ts';

const ROUNDS = 9;
const BURSTS = 400;
const CONNECTIONS = 16;
const STREAMS = 10;

/** The sessions alone: no sockets, so what is left of a proxied request when the kernel's part is taken away. */
export default defineBenchmark({
  name: 'http2-session',
  summary: 'HTTP/2 sessions over pipes in memory, with and without a proxy hop',
  async run({ report, log, signal }) {
    const peers = [
      timed(`client and server, ${CONNECTIONS} × ${STREAMS}`, new Chain(CONNECTIONS, STREAMS, false)),
      timed(`client, proxy and server, ${CONNECTIONS} × ${STREAMS}`, new Chain(CONNECTIONS, STREAMS, true)),
      timed('client and server, 1 × 1', new Chain(1, 1, false)),
    ];
    for (const { measure } of peers) await measure();
    log(`${ROUNDS} rounds of ${peers.length} chains`);
    const results = await alternate(peers, ROUNDS, signal);
    report.paragraph(
      'Microseconds of CPU per GET answered with 1 KB, 9 request fields of which one is unique. The proxy hop is a server session and a client session that pass heads and data on as they are: it costs the difference of the first two rows.',
    );
    const rows = Array.from(results, ([name, times]) => {
      const spread = spreadOf(times);
      return [name, formatSpread(spread, 'µs', 2), `${spread.min.toFixed(2)} µs`];
    });
    report.table(['work', 'median', 'best'], rows);
  },
});

function timed(name: string, chain: Chain) {
  return {
    name,
    measure: () => {
      const before = process.cpuUsage();
      let requests = 0;
      for (let i = 0; i < BURSTS; i++) requests += chain.round();
      const { user, system } = process.cpuUsage(before);
      return Promise.resolve((user + system) / requests);
    },
  };
}
