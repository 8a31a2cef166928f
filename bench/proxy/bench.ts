import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineBenchmark } from '../lib/benchmark.ts';
import { startApplication } from './application.ts';
import type { ProxyCase } from './case.ts';
import { ALL_CASES } from './cases/all.ts';
import { writeIdentities } from './certificates.ts';
import { missingPrograms } from './load.ts';
import { findPeers } from './peers.ts';

const ROUNDS = 5;
const APPLICATION_PORT = 18_801;
const FIRST_PORT = 18_810;
const PORTS_PER_CASE = 20;

/**
 * The whole proxy against others in the same run: CPU of the proxy's processes for each request, on a core of their own. Arguments name cases, and
 * `rounds=N` says how often; a run with arguments is printed only.
 */
export default defineBenchmark({
  name: 'proxy',
  summary: 'CPU per proxied request, against nginx, HAProxy and Envoy',
  async run({ report, args, log, signal }) {
    const missing = missingPrograms();
    if (missing !== undefined) throw new Error(`this benchmark cannot run here: ${missing}`);
    const { cases, rounds } = parseArgs(args);
    report.isPartial = args.length > 0;
    const folder = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
    const application = await startApplication(folder, APPLICATION_PORT);
    try {
      const peers = findPeers();
      const identities = await writeIdentities(folder);
      for (const { name, version } of peers) if (version !== '') report.version(name, version);
      report.paragraph(
        `The proxies run on one core, the load and an application that answers with 1 KB on another. Microseconds of CPU of the proxy's processes for
each request, median of ${rounds} rounds, the proxies in turns; the ratio is that of our median to theirs.`,
      );
      for (const [i, each] of cases.entries()) {
        log(each.title);
        report.heading(each.title);
        report.paragraph(each.text);
        const context = { report, log, signal, folder, application, identities, peers, rounds };
        await each.run({ ...context, firstPort: FIRST_PORT + i * PORTS_PER_CASE });
      }
    } finally {
      application.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

function parseArgs(args: readonly string[]): { readonly cases: readonly ProxyCase[]; readonly rounds: number } {
  let rounds = ROUNDS;
  const named: ProxyCase[] = [];
  for (const arg of args) {
    const known = ALL_CASES.find(({ name }) => name === arg);
    const count = /^rounds=([1-9]\d*)$/.exec(arg)?.[1];
    if (known !== undefined) named.push(known);
    else if (count !== undefined) rounds = Number(count);
    else throw new Error(`there is no case "${arg}"; there are: ${ALL_CASES.map(({ name }) => name).join(', ')}`);
  }
  return { cases: named.length === 0 ? ALL_CASES : named, rounds };
}
