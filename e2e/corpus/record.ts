/**
 * Records the requests of a kubectl: `node e2e/corpus/record.ts PATH-OF-KUBECTL` starts a server, types the commands of
 * `commands.ts` and writes `testdata/kubectl-<version>.json`. Read the difference before it is committed: what the server
 * answered is what it will be held to.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { ApiServer } from '@weft/kube/server';
import { eventually } from '@weft/testkit';
import { findKubectls, Kubectl } from '../support/kubectl.ts';
import { RawApi } from '../support/raw-api.ts';
import { COMMANDS, type Command } from './commands.ts';
import { formatCorpus, type Step } from './format.ts';
import { Recorder } from './recorder.ts';
import { Tidier } from './tidy.ts';

const EDITOR = 'sed -i s/mesh/gate/';

const path = process.argv[2] ?? '';
process.env['KUBECTL_BINS'] = path;
const binary = (await findKubectls()).find((found) => found.path === path);
if (binary === undefined) throw new Error(`usage: node ${process.argv[1]} PATH-OF-KUBECTL`);

const parts = { clock: systemClock, random: systemRandom, log: noopLogger };
const server = await ApiServer.start({ host: '127.0.0.1', port: 0, state: ':memory:', version: '0.0.0', ...parts });
const api = new RawApi(server.ownerKubeconfig());
const recorder = new Recorder(api);
const home = mkdtempSync(join(tmpdir(), 'weft-record-'));
const kubeconfig = join(home, 'kubeconfig');
writeFileSync(kubeconfig, kubeconfigFor(await recorder.start()));
const kubectl = new Kubectl(binary, kubeconfig, home);
const tidier = new Tidier();
const steps: Step[] = [];
const [, minor = ''] = binary.version.split('.');
for (const command of COMMANDS) {
  if (command.since !== undefined && Number(minor) < command.since) continue;
  await type(command);
  // Nothing of one command may be written down for the next.
  await eventually(() => recorder.open === 0, { what: `the requests of ${command.line} to end` });
  steps.push(tidier.tidy({ command: `kubectl ${command.line}`, exchanges: recorder.take() }));
}
const file = join(import.meta.dirname, 'testdata', `kubectl-1.${minor}.json`);
writeFileSync(file, formatCorpus({ client: `kubectl ${binary.version}`, steps }));
process.stdout.write(
  `${file}: ${steps.length} commands, ${steps.flatMap(({ exchanges }) => exchanges).length} requests\n`,
);
recorder.close();
api.close();
await server.close();
rmSync(home, { recursive: true });

async function type({ line, input, meanwhile }: Command): Promise<void> {
  const words = (text: string): string[] => text.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'|'$/g, ''));
  if (meanwhile === undefined) {
    const { code, stderr } = await kubectl.run(words(line), {
      ...(input === undefined ? {} : { input }),
      env: { KUBE_EDITOR: EDITOR },
    });
    process.stdout.write(
      `${code === 0 ? 'ok  ' : 'fail'} ${line}${code === 0 ? '' : `: ${stderr.trim().split('\n').at(-1)}`}\n`,
    );
    return;
  }
  const running = kubectl.start(words(line));
  await eventually(() => recorder.watches.length > 0, { what: `${line} to watch` });
  for (const text of meanwhile) await kubectl.run(words(text));
  const events = (): number =>
    Buffer.concat(recorder.watches[0]?.answer ?? [])
      .toString()
      .split('\n').length - 1;
  await eventually(() => events() >= meanwhile.length, { what: `${line} to be told` });
  running.stop();
}

function kubeconfigFor(url: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'weft', cluster: { server: url } }],
    users: [{ name: 'weft', user: {} }],
    contexts: [{ name: 'weft', context: { cluster: 'weft', user: 'weft' } }],
    'current-context': 'weft',
  });
}
