/** The server that a test of the client talks to: one of our own, or a cluster that may be written to and thrown away. */
import type { TestContext } from 'node:test';
import { startServer } from './server.ts';

/** A kubeconfig that the environment names in place of a server of our own. */
export const clusterKubeconfig = process.env['CLUSTER_KUBECONFIG'];

/** The cluster's kubeconfig, or that of a server that ends with the test. */
export async function kubeconfigFor(t: TestContext): Promise<string> {
  return clusterKubeconfig ?? (await startServer(t)).kubeconfig;
}
