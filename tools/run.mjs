#!/usr/bin/env node
// The only entry point of the npm scripts. It runs on the Node people already have (20 or later), makes the checkout ready
// (dependencies, Node 24, generated protos) and then runs the verb with Node 24. When everything is ready it says nothing.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootstrapError } from './bootstrap/error.mjs';
import { ensureInstalled } from './bootstrap/install.mjs';
import { chooseNode, refuseUnsupportedPlatform } from './bootstrap/node.mjs';
import { ensureProtos } from './bootstrap/protos.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** One row per verb: what it says in the usage text, and the script and leading arguments it runs. */
const VERBS = {
  start: {
    summary: 'start the API server; state and kubeconfig in .weft/',
    script: 'packages/cli/bin/weft.js',
    args: ['apiserver', '--state', '.weft', '--kubeconfig-out', '.weft/kubeconfig'],
  },
  test: { summary: 'run the tests; add paths to narrow them', script: 'tools/test.ts', args: [] },
  check: { summary: 'types, lint, format and import rules', script: 'tools/check.ts', args: [] },
  fix: { summary: 'apply what lint and format can fix', script: 'tools/fix.ts', args: [] },
  gen: { summary: 'generate the protos again', script: undefined, args: [] },
  bench: { summary: 'list benchmarks, or run the named ones', script: 'bench/run.ts', args: [] },
};

function usage() {
  const lines = Object.entries(VERBS).map(([name, verb]) => `  npm run ${name.padEnd(6)} ${verb.summary}`);
  return `usage: npm run <verb> [-- arguments]\n${lines.join('\n')}\n`;
}

/** Makes the checkout ready and returns the Node binary and environment to run the verb with. */
async function prepare(verbName) {
  refuseUnsupportedPlatform();
  await ensureInstalled(root);
  const node = chooseNode(root);
  const bin = path.join(root, 'node_modules', '.bin');
  const env = {
    ...process.env,
    PATH: [bin, ...(process.env.PATH ?? '').split(path.delimiter).filter((dir) => dir !== bin)].join(path.delimiter),
    NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'weft'),
  };
  await ensureProtos(root, node, env, { force: verbName === 'gen' });
  return { node, env };
}

/** Runs the verb in the foreground: same terminal, same signals, same exit code. */
function runForeground(node, argv, env) {
  const child = spawn(node, argv, { cwd: root, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // On a terminal Ctrl-C reaches the whole foreground group, so forwarding it would make the child see it twice.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`weft: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 70;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 70;
      return;
    }
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

async function main() {
  const [verbName, ...rest] = process.argv.slice(2);
  const verb = verbName !== undefined && Object.hasOwn(VERBS, verbName) ? VERBS[verbName] : undefined;
  if (verb === undefined) {
    process.stderr.write(verbName === undefined ? usage() : `weft: unknown verb "${verbName}"\n${usage()}`);
    process.exitCode = 2;
    return;
  }
  const { node, env } = await prepare(verbName);
  if (verb.script !== undefined) runForeground(node, [verb.script, ...verb.args, ...rest], env);
}

main().catch((error) => {
  if (error instanceof BootstrapError) {
    process.stderr.write(`weft: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`weft: unexpected failure while getting ready\n${error?.stack ?? error}\n`);
    process.exitCode = 70;
  }
});
