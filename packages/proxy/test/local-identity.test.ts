/** A proxy that gets its certificate itself, and serves it to configuration that was made for sidecars with an agent. */
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { noopLogger, systemClock, Watch } from '@weft/core';
import { eventuallyPasses, leakCheck, TestAuthority, tempDir } from '@weft/testkit';
import { LocalSds, RootFile, type WorkloadCertificate } from '../src/identity/index.ts';
import { httpManager } from '../src/test-support/control-plane.ts';
import { listener, startProxy, tlsSocket } from '../src/test-support/start-proxy.ts';

leakCheck();

/** As Istio writes it into the listeners and clusters of sidecars. */
function secret(name: string) {
  const services = [{ envoy_grpc: { cluster_name: 'sds-grpc' } }];
  const source = {
    api_config_source: { api_type: 'GRPC', grpc_services: services, transport_api_version: 'V3' },
    initial_fetch_timeout: '0s',
    resource_api_version: 'V3',
  };
  return { name, sds_config: source };
}

const bootstrap = {
  node: { id: 'sidecar', cluster: 'cart' },
  static_resources: {
    clusters: [
      {
        name: 'sds-grpc',
        type: 'STATIC',
        typed_extension_protocol_options: {
          'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
            '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
            explicit_http_config: { http2_protocol_options: {} },
          },
        },
        load_assignment: {
          cluster_name: 'sds-grpc',
          endpoints: [
            {
              lb_endpoints: [
                { endpoint: { address: { pipe: { path: './var/run/secrets/workload-spiffe-uds/socket' } } } },
              ],
            },
          ],
        },
      },
    ],
    listeners: [
      listener('in', {
        filter_chains: [
          {
            transport_socket: tlsSocket({
              require_client_certificate: true,
              common_tls_context: {
                tls_certificate_sds_secret_configs: [secret('default')],
                combined_validation_context: {
                  default_validation_context: {
                    match_typed_subject_alt_names: [
                      { san_type: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } },
                    ],
                  },
                  validation_context_sds_secret_config: secret('ROOTCA'),
                },
              },
            }),
            filters: [
              httpManager({
                route_config: {
                  name: 'in',
                  virtual_hosts: [
                    {
                      name: 'all',
                      domains: ['*'],
                      routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }],
                    },
                  ],
                },
              }),
            ],
          },
        ],
      }),
    ],
  },
};

async function certificateOf(authority: TestAuthority): Promise<WorkloadCertificate> {
  const { certificate, chainPem, keyPem, notAfterMs, notBeforeMs } = await authority.workload('shop', 'cart');
  const { serialNumber } = certificate;
  return { chainPem, keyPem, rootsPem: authority.caPem, serialNumber, notAfterMs, notBeforeMs };
}

/** Asks with a certificate of an authority; the serial number of what the proxy shows. */
async function ask(port: number, authority: TestAuthority, trusted = authority): Promise<string> {
  const { chainPem, keyPem } = await authority.workload('shop', 'bank');
  const socket = connect({
    port,
    ca: trusted.caPem,
    cert: chainPem,
    key: keyPem.reveal(),
    checkServerIdentity: () => undefined,
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the proxy closed the connection')));
      socket.write('GET / HTTP/1.1\r\nHost: cart\r\n\r\n');
      socket.once('data', (data) => {
        const isGood = data.toString('latin1').startsWith('HTTP/1.1 200');
        if (isGood) resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
        else reject(new Error(data.toString('latin1')));
      });
    });
  } finally {
    socket.destroy();
  }
}

describe('a proxy with an identity of its own', () => {
  it('serves with its certificate as soon as it is there, with each later one, and with roots of a mounted file', async (t) => {
    const [own, next] = [await TestAuthority.create(), await TestAuthority.create()];
    const file = path.join(tempDir(t), 'root-cert.pem');
    const write = (pem: string) => {
      writeFileSync(`${file}.new`, pem);
      renameSync(`${file}.new`, file);
    };
    write(own.caPem);
    const roots = new RootFile({ path: file, clock: systemClock, logger: noopLogger });
    await roots.start();
    t.after(() => roots.close());
    const certificate = new Watch<WorkloadCertificate | undefined>(undefined);
    const sds = new LocalSds({ certificate, roots: roots.pem });
    t.after(() => sds.close());
    const first = await certificateOf(own);
    // The listener opens only when its secrets are there, as it does in Envoy.
    const starting = startProxy(t, bootstrap, { localSources: new Map([['sds-grpc', sds]]) });
    certificate.swap(first);
    const proxy = await starting;
    const port = proxy.port('in');
    assert.equal(await ask(port, own), first.serialNumber);
    await assert.rejects(ask(port, next, own));
    // A root that is announced is believed before anything else changes.
    write(own.caPem + next.caPem);
    await eventuallyPasses(async () => assert.equal(await ask(port, next, own), first.serialNumber));
    assert.equal(await ask(port, own), first.serialNumber);
    const second = await certificateOf(next);
    certificate.swap(second);
    await eventuallyPasses(async () => assert.equal(await ask(port, own, next), second.serialNumber));
    // What is no list of roots changes nothing.
    write('nonsense');
    certificate.swap(await certificateOf(next));
    await eventuallyPasses(async () => assert.notEqual(await ask(port, own, next), second.serialNumber));
  });
});
