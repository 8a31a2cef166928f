import path from 'node:path';
import v8 from 'node:v8';
import { systemRandom, UserError } from '@weft/core';
import { createProcessLogger } from '@weft/core/node';
import { ApiServer } from '@weft/kube/server';
import manifest from '../../package.json' with { type: 'json' };
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { flag } from '../framework/flags.ts';
import { logSettings } from '../io/log-settings.ts';
import { parseListen } from '../io/parse-listen.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { writeSecret } from '../io/write-secret.ts';

export default defineCommand({
  description:
    'Runs a Kubernetes-style API for the kinds of the mesh, with no cluster behind it: stock kubectl, client libraries ' +
    'and controllers talk to it. It stores objects; nothing runs pods here. It goes on until it is interrupted, and ' +
    'what was acknowledged survives a crash.\n\n' +
    'The kubeconfig that it writes lets its holder do everything; it is readable by you alone.',
  status: 'stable',
  flags: {
    listen: flag.string({
      description: 'address and port; port 0 takes a free one',
      placeholder: 'HOST:PORT',
      default: '127.0.0.1:6443',
    }),
    state: flag.string({
      description: 'folder that keeps the objects, keys and certificates; :memory: keeps nothing',
      placeholder: 'DIR|:memory:',
      default: ':memory:',
      completion: 'directory',
    }),
    kubeconfigOut: flag.file({ description: 'where to write the kubeconfig of the owner' }),
    hostname: flag.list(
      flag.string({ description: 'another name or address under which clients reach the server', placeholder: 'NAME' }),
    ),
  },
  examples: [
    { title: 'Try it out', command: 'weft apiserver --kubeconfig-out ./kubeconfig' },
    { title: 'Keep the objects', command: 'weft apiserver --state ./state --kubeconfig-out ./kubeconfig' },
    {
      title: 'Be reached from other machines',
      command: 'weft apiserver --listen 0.0.0.0:6443 --hostname mesh.example.com --state ./state',
    },
  ],
  async run({ listen, state, kubeconfigOut, hostname }, context) {
    keepGarbageSmall();
    const { host, port } = parseListen('listen', listen);
    const created = createProcessLogger('apiserver', logSettings(context));
    if (created.kind === 'err') throw new UserError(created.error.map((e) => e.message).join('; '));
    const server = await ApiServer.start({
      host,
      port,
      state: state === ':memory:' ? state : path.resolve(context.cwd, state),
      extraHosts: hostname,
      version: manifest.version,
      clock: context.clock,
      random: systemRandom,
      log: created.value.logger,
    });
    if (kubeconfigOut !== undefined) writeSecret(kubeconfigOut, server.ownerKubeconfig());
    context.out.write(welcome(server.url, state, kubeconfigOut, context));
    await untilAborted(context.signal);
    await server.close();
    return undefined;
  },
});

/**
 * V8 by itself lets garbage grow to a multiple of what is alive. A server that shares a laptop with what is being
 * developed had better not: this halves its memory under load for a tenth of its CPU. Node has no option for it once it
 * runs, V8 does; both flags are read at each collection.
 */
function keepGarbageSmall(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  v8.setFlagsFromString('--heap-growing-percent=25');
}

function welcome(url: string, state: string, kubeconfig: string | undefined, { cwd, style }: CommandContext): string {
  const kept = state === ':memory:' ? 'in memory only' : `in ${state}`;
  const lines = [`serving the Kubernetes API on ${url}, objects kept ${kept}`];
  if (kubeconfig !== undefined) {
    const shown = path.relative(cwd, kubeconfig) || kubeconfig;
    lines.push(
      '',
      `  ${style.bold(`export KUBECONFIG=${shown.startsWith('..') ? kubeconfig : `$PWD/${shown}`}`)}`,
      '  kubectl api-resources --api-group networking.istio.io',
      '  kubectl apply -f your-virtualservice.yaml',
      '  kubectl get virtualservices -A',
      '',
      'Ctrl-C ends it',
    );
  }
  return `${lines.join('\n')}\n`;
}
