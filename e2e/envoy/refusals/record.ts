/** Records what a real Envoy says to doubtful configurations: `ENVOY_BIN=… node e2e/envoy/refusals/record.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOUBTFUL } from './cases.ts';
import { validateWithEnvoy } from './validate.ts';

const binary = process.env['ENVOY_BIN'];
if (binary === undefined) throw new Error(`usage: ENVOY_BIN=/path/to/envoy node ${process.argv[1]}`);
const lines = DOUBTFUL.map((doubtful) => ` ${JSON.stringify(validateWithEnvoy(binary, doubtful))}`);
writeFileSync(join(import.meta.dirname, 'testdata', 'refusals.json'), `[\n${lines.join(',\n')}\n]\n`);
process.stdout.write(`${lines.length} configurations\n`);
