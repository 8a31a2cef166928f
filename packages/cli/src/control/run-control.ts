/** `weft control`: a control plane until it is interrupted. */
import path from 'node:path';
import { startEmbeddedApi, watchFolder } from '@weft/control/ingest';
import { ControlPlane } from '@weft/control/server';
import { type Logger, systemRandom, UserError } from '@weft/core';
import { createProcessLogger } from '@weft/core/node';
import type { KubeClient } from '@weft/kube/client';
import manifest from '../../package.json' with { type: 'json' };
import type { CommandContext } from '../framework/context.ts';
import { connectCluster } from '../io/cluster-client.ts';
import { logSettings } from '../io/log-settings.ts';
import { parseListen } from '../io/parse-listen.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { writeSecret } from '../io/write-secret.ts';
import { describeReport } from './describe-report.ts';

/** What the command is told. */
export interface ControlArgs {
  readonly config: string | undefined;
  readonly xds: string;
  readonly secureXds: string;
  readonly debug: string;
  readonly api: string;
  readonly kubeconfigOut: string | undefined;
  readonly meshNamespace: string;
  readonly domain: string;
  readonly clusterId: string;
  readonly trustThisMachine: boolean;
}

/** Where objects come from. */
interface ObjectApi {
  readonly client: KubeClient;
  /** Lines for the user. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

/** How long a cluster may take until everything in it has been read. */
const SYNC_MS = 120_000;

/** See the file's head. */
export async function runControl(args: ControlArgs, context: CommandContext): Promise<void> {
  const plaintext = parseListen('xds', args.xds);
  const secure = parseListen('secure-xds', args.secureXds);
  const debug = parseListen('debug', args.debug);
  const created = createProcessLogger('control', logSettings(context));
  if (created.kind === 'err') throw new UserError(created.error.map(({ message }) => message).join('; '));
  const log = created.value.logger;
  const { clock, out, signal, style } = context;
  const api =
    args.config === undefined ? await openCluster(args, context) : await openFolder(args.config, args, context, log);
  try {
    const control = await ControlPlane.start(
      {
        client: api.client,
        mesh: {
          clusterDomain: args.domain,
          cluster: args.clusterId,
          systemNamespace: args.meshNamespace,
          configMapName: 'istio',
        },
        identifier: `weft/${manifest.version}`,
        version: manifest.version,
        plaintext,
        secure,
        debug,
        trustsThisMachine: args.trustThisMachine,
        clock,
        random: systemRandom,
        log,
      },
      AbortSignal.any([signal, AbortSignal.timeout(SYNC_MS)]),
    );
    const { registry, config } = control.mesh.snapshot;
    const services = `${registry.services.size} services, ${config.virtualServices.size} VirtualServices`;
    out.write(
      [
        `serving the mesh: ${services}`,
        `  proxies  ${plaintext.host}:${control.plaintextPort} ${style.dim('(xDS, without credentials)')}`,
        `           ${secure.host}:${control.securePort} ${style.dim('(xDS and certificates, with credentials)')}`,
        `  debug    http://${debug.host}:${control.debugPort}/debug`,
        ...api.told,
        'Ctrl-C ends it',
        '',
      ].join('\n'),
    );
    await untilAborted(signal);
    await control.close();
  } finally {
    await api.close();
  }
}

async function openCluster(args: ControlArgs, context: CommandContext): Promise<ObjectApi> {
  if (args.kubeconfigOut !== undefined)
    throw new UserError('--kubeconfig-out goes with --config, which starts an API server');
  const client = await connectCluster(context);
  return { client, told: [`  cluster  ${client.transport.server}`], close: () => client.close() };
}

async function openFolder(
  given: string,
  { api: port, kubeconfigOut }: ControlArgs,
  { clock, cwd, out, kubeconfig }: CommandContext,
  log: Logger,
): Promise<ObjectApi> {
  if (kubeconfig !== undefined)
    throw new UserError('--config and --kubeconfig exclude each other: objects come from one place');
  const folder = path.resolve(cwd, given);
  const embedded = await startEmbeddedApi({
    port: parseListen('api', `127.0.0.1:${port}`).port,
    version: manifest.version,
    clock,
    random: systemRandom,
    log,
  });
  if (kubeconfigOut !== undefined) writeSecret(kubeconfigOut, embedded.kubeconfig());
  const watch = await watchFolder({
    folder,
    client: embedded.client,
    clock,
    log,
    onReport: (report) => out.write(describeReport(given, report)),
  });
  const hint = kubeconfigOut === undefined ? [] : [`  kubectl  export KUBECONFIG=${path.resolve(cwd, kubeconfigOut)}`];
  return {
    client: embedded.client,
    told: [`  API      ${embedded.url}`, ...hint],
    close: async () => {
      await watch.close();
      await embedded.close();
    },
  };
}
