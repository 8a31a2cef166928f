import { noopLogger, systemRandom } from '@weft/core';
import { createKubeClient, type KubeClient, loadConnection, nodeConfigEnvironment } from '@weft/kube/client';
import manifest from '../../package.json' with { type: 'json' };
import type { CommandContext } from '../framework/context.ts';

/** A client of the cluster that `--kubeconfig`, `--context` or the environment names. The caller closes it. */
export async function connectCluster(context: CommandContext): Promise<KubeClient> {
  const { env, clock, kubeconfig, context: chosen } = context;
  const machine = nodeConfigEnvironment({ env, clock, homeDir: env['HOME'] ?? env['USERPROFILE'] ?? '/' });
  const connection = await loadConnection(machine, {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(chosen === undefined ? {} : { context: chosen }),
  });
  return createKubeClient(connection, {
    clock,
    random: systemRandom,
    // What matters to the user of a command is what the command says.
    log: noopLogger,
    userAgent: `weft/${manifest.version}`,
  });
}
