// `npm test [-- part-of-path… --name=regex --timeout=seconds]`: runs the tests of the repository.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from './testing/run-tests.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    timeout: { type: 'string', default: '120' },
    processes: { type: 'string', default: '2' },
  },
});
const timeoutSeconds = Number(values.timeout);
const processes = Number(values.processes);
if (!(timeoutSeconds > 0) || !Number.isInteger(processes) || processes < 1) {
  process.stderr.write('usage: npm test -- [part-of-path…] [--name=regex] [--timeout=seconds] [--processes=n]\n');
  process.exit(2);
}

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());

const { stdout } = process;
let statusShown = false;
const clearStatus = () => {
  if (statusShown) stdout.write('\r\x1b[2K');
  statusShown = false;
};

process.exitCode = await runTests({
  root: path.dirname(import.meta.dirname),
  patterns: positionals,
  namePattern: values.name,
  timeoutMs: timeoutSeconds * 1000,
  processes,
  signal: abort.signal,
  write: (text) => {
    clearStatus();
    stdout.write(text);
  },
  showStatus: stdout.isTTY
    ? (text) => {
        stdout.write(`\r\x1b[2K${text}`);
        statusShown = true;
      }
    : undefined,
});
