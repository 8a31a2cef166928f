/**
 * Records the answers of a real Envoy: `ENVOY_BIN=… node e2e/envoy/record.ts [CASE…]` writes `testdata/<case>.json`. Read the
 * difference before it is committed: it is what our proxy will be held to.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES } from './cases/all.ts';
import { createRecording, formatRecording } from './recording.ts';
import { runCase } from './run-case.ts';
import { envoySubject } from './subject/envoy.ts';

const subject = envoySubject();
if (subject === undefined) throw new Error(`usage: ENVOY_BIN=/path/to/envoy node ${process.argv[1]} [CASE…]`);
const wanted = process.argv.slice(2);
for (const given of CASES) {
  if (wanted.length > 0 && !wanted.includes(given.name)) continue;
  const recording = createRecording(given, subject.name, await runCase(subject, given));
  writeFileSync(join(import.meta.dirname, 'testdata', `${given.name}.json`), formatRecording(recording));
  process.stdout.write(`${given.name}: ${given.exchanges.length} exchanges\n`);
}
