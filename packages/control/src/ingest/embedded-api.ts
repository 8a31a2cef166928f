/** The API that a folder is applied into: our own server, in memory, on this machine. Stock kubectl works with it, too. */
import type { Clock, Logger, Random } from '@weft/core';
import { createKubeClient, type KubeClient, loadConnection } from '@weft/kube/client';
import { ApiServer } from '@weft/kube/server';

/** What an embedded API needs. */
export interface EmbeddedApiOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** An API with a client of its owner. */
export interface EmbeddedApi {
  readonly url: string;
  readonly client: KubeClient;
  /** For others who are to own everything. */
  readonly kubeconfig: () => string;
  close(): Promise<void>;
}

/** Starts the API. */
export async function startEmbeddedApi(options: EmbeddedApiOptions): Promise<EmbeddedApi> {
  const { port, version, clock, random, log } = options;
  const server = await ApiServer.start({ host: '127.0.0.1', port, state: ':memory:', version, clock, random, log });
  const text = server.ownerKubeconfig();
  const connection = await loadConnection(
    {
      env: {},
      homeDir: '/',
      clock,
      readText: () => Promise.resolve(text),
      run: () => Promise.reject(new Error('the kubeconfig of the embedded API names no program')),
    },
    { kubeconfig: 'embedded' },
  );
  const client = createKubeClient(connection, { clock, random, log, userAgent: `weft/${version}` });
  return {
    url: server.url,
    client,
    kubeconfig: () => server.ownerKubeconfig(),
    close: async () => {
      await client.close();
      await server.close();
    },
  };
}
