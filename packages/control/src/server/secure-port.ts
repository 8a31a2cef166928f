/** The port for proxies that prove who they are: xDS for those that did, and certificates for those that are about to. */
import { type Clock, type Logger, ok, type Random } from '@weft/core';
import { type GrpcMethods, GrpcServer } from '@weft/xds/server';
import {
  authenticateWith,
  ControlServerCertificate,
  certificateMethods,
  controlPlaneNames,
  type MeshAuthority,
} from '../ca/index.ts';
import { CREATE_CERTIFICATE } from '../ca/issuing/certificate-service.ts';
import type { ListenAddress } from './listen-address.ts';

/** What the port needs. */
export interface SecurePortOptions {
  readonly listen: ListenAddress;
  readonly authority: MeshAuthority;
  /** What is served to those who have proved who they are. */
  readonly methods: GrpcMethods;
  /** Of the control plane, for the names in its certificate. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Under which it is reached on its own machine. */
const LOCAL_NAMES = ['localhost'];
const LOCAL_ADDRESSES = ['127.0.0.1', '::1'];

/** A secure port that listens. */
export interface SecurePort {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts to listen; the authority must have been started. */
export async function startSecurePort(options: SecurePortOptions): Promise<SecurePort> {
  const { listen, authority, namespace, clock, random, log } = options;
  const serving = new ControlServerCertificate({
    state: authority.state,
    clock,
    random,
    log: log.named('serving'),
    dnsNames: [...controlPlaneNames(namespace), ...LOCAL_NAMES],
    ipAddresses: LOCAL_ADDRESSES,
  });
  const tlsOf = ({ chainPem, keyPem }: { readonly chainPem: string; readonly keyPem: { reveal(): string } }) => ({
    certificatePem: chainPem,
    keyPem: keyPem.reveal(),
    clientRootsPem: authority.state.get()?.rootsPem,
  });
  const prove = authenticateWith(authority.peerAuthenticators);
  const first = await serving.start();
  const server = new GrpcServer({
    methods: new Map([...options.methods, ...certificateMethods(clock, authority.createCertificate)]),
    tls: tlsOf(first),
    clientCertificates: 'optional',
    // Who asks for a certificate has none: that service looks at its callers itself.
    authenticate: (call) => (call.method === CREATE_CERTIFICATE ? ok(undefined) : prove(call)),
    clock,
    random,
    logger: log.named('secure'),
  });
  const renew = (): void => {
    const current = serving.current.get();
    if (current !== undefined) server.setTls(tlsOf(current));
  };
  const stops = [serving.current.subscribe(renew), authority.state.subscribe(renew)];
  const stop = (): void => {
    for (const each of stops) each();
    serving.close();
  };
  try {
    await server.listen(listen);
  } catch (thrown) {
    stop();
    throw thrown;
  }
  return {
    port: server.port,
    close: async () => {
      stop();
      await server.drain();
    },
  };
}
