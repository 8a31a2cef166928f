/** The mesh's own client, as a program makes it. */
import type { TestContext } from 'node:test';
import { type EnvSource, type Logger, noopLogger, systemClock, systemRandom } from '@weft/core';
import {
  type ConfigEnvironment,
  createKubeClient,
  type KubeClient,
  loadConnection,
  nodeConfigEnvironment,
} from '@weft/kube/client';

/** What differs from one test to the next. */
export interface OpenClientOptions {
  /** Path of a kubeconfig; without one it is searched for as programs do. */
  readonly kubeconfig?: string;
  readonly machine?: ConfigEnvironment;
  readonly log?: Logger;
  readonly fieldManager?: string;
}

/** This machine with an environment of the test's own. */
export function machineWith(env: EnvSource, readText?: ConfigEnvironment['readText']): ConfigEnvironment {
  const machine = nodeConfigEnvironment({ env, homeDir: '/nonexistent', clock: systemClock });
  return readText === undefined ? machine : { ...machine, readText };
}

/** A client that ends with the test. */
export async function openClient(t: TestContext, options: OpenClientOptions): Promise<KubeClient> {
  const { kubeconfig, log = noopLogger, machine = machineWith({}), fieldManager } = options;
  const connection = await loadConnection(machine, kubeconfig === undefined ? {} : { kubeconfig });
  const client = createKubeClient(connection, {
    clock: systemClock,
    random: systemRandom,
    log,
    userAgent: 'weft-e2e/1',
    ...(fieldManager === undefined ? {} : { fieldManager }),
  });
  t.after(() => client.close());
  return client;
}
