// `npm run bench` lists the benchmarks; `npm run bench -- NAME [arguments]` runs one and writes bench/results/NAME.md, unless it measured a part only.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Benchmark } from './lib/benchmark.ts';
import { describeCircumstances, Report } from './lib/report.ts';

const benchDir = import.meta.dirname;
const root = path.dirname(benchDir);

function listNames(): string[] {
  return readdirSync(benchDir).filter((name) => existsSync(path.join(benchDir, name, 'bench.ts')));
}

async function load(name: string): Promise<Benchmark> {
  const url = pathToFileURL(path.join(benchDir, name, 'bench.ts'));
  const { default: benchmark } = (await import(url.href)) as { default?: Benchmark };
  if (benchmark?.name !== name)
    throw new Error(`bench/${name}/bench.ts must export default a benchmark named "${name}"`);
  return benchmark;
}

function revision(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with local changes';
    return git('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'unknown (no git)';
  }
}

async function runBenchmark(name: string, args: readonly string[]): Promise<void> {
  const benchmark = await load(name);
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort(new Error('interrupted')));
  const report = new Report(benchmark.summary);
  await benchmark.run({ report, args, signal: abort.signal, log: (text) => void process.stderr.write(`${text}\n`) });
  const command = ['npm run bench --', name, ...args].join(' ');
  const text = report.format(describeCircumstances(command, revision()));
  process.stdout.write(`${text}\n`);
  if (report.isPartial) return;
  mkdirSync(path.join(benchDir, 'results'), { recursive: true });
  writeFileSync(path.join(benchDir, 'results', `${name}.md`), text);
  process.stdout.write(`written to bench/results/${name}.md\n`);
}

const [name, ...args] = process.argv.slice(2);
const names = listNames();
if (name === undefined) {
  for (const each of names) process.stdout.write(`${each.padEnd(12)} ${(await load(each)).summary}\n`);
  process.stdout.write(names.length === 0 ? 'there are no benchmarks yet\n' : 'run one with: npm run bench -- NAME\n');
} else if (names.includes(name)) await runBenchmark(name, args);
else {
  process.stderr.write(`there is no benchmark "${name}"; there are: ${names.join(', ') || 'none'}\n`);
  process.exitCode = 2;
}
