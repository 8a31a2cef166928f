import { runControl } from '../control/run-control.ts';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/flags.ts';

export default defineCommand({
  description:
    'Runs the control plane of a mesh: it reads the objects of the mesh, tells every proxy what to do, and writes into the status of ' +
    'each object what became of it.\n\n' +
    'With --config it needs no cluster: it applies a folder of YAML into an API server of its own, in memory, and follows the ' +
    'folder. Stock kubectl works with that one, too. Without, it works on the cluster that the kubeconfig names.',
  status: 'experimental',
  shared: ['cluster'],
  flags: {
    config: flag.string({
      description: 'folder of manifests to apply and follow, in place of a cluster',
      placeholder: 'DIR',
      completion: 'directory',
    }),
    xds: flag.string({
      description: 'address and port for proxies, without credentials',
      placeholder: 'HOST:PORT',
      default: '127.0.0.1:15010',
    }),
    secureXds: flag.string({
      description: 'address and port for proxies that prove who they are, and for requests for certificates',
      placeholder: 'HOST:PORT',
      default: '127.0.0.1:15012',
    }),
    debug: flag.string({
      description: 'address and port of debug pages, health and metrics',
      placeholder: 'HOST:PORT',
      default: '127.0.0.1:8080',
    }),
    api: flag.string({
      description: 'with --config: port of the API server, on this machine; 0 takes a free one',
      placeholder: 'PORT',
      default: '0',
    }),
    kubeconfigOut: flag.file({ description: 'with --config: where to write the kubeconfig of its API server' }),
    meshNamespace: flag.string({
      description: 'root namespace: its policies hold everywhere, and the ConfigMap "istio" in it configures the mesh',
      placeholder: 'NAME',
      default: 'istio-system',
    }),
    domain: flag.string({
      description: 'ending of the names of Services',
      placeholder: 'NAME',
      default: 'cluster.local',
    }),
    trustThisMachine: flag.boolean({
      description:
        'give proxies that connect from this machine the identity that they name; whoever can run programs here can then be anybody',
    }),
    clusterId: flag.string({ description: 'name of the cluster', placeholder: 'NAME', default: 'Kubernetes' }),
  },
  examples: [
    { title: 'A mesh from a folder', command: 'weft control --config ./mesh --kubeconfig-out ./kubeconfig' },
    { title: 'For a cluster', command: 'weft control --kubeconfig ~/.kube/config' },
  ],
  async run(args, context) {
    await runControl(args, context);
    return undefined;
  },
});
