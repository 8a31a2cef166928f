import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { ClusterSchema } from './gen/envoy/config/cluster/v3/cluster_pb.ts';
import { loadMessage } from './load.ts';
import { isKnownTypeUrl, messageForTypeUrl, registry } from './registry.ts';
import { typeUrlOf } from './type-url.ts';

/** What a mesh meets on the wire: one name for each family of types. */
const EXPECTED = [
  'envoy.config.bootstrap.v3.Bootstrap',
  'envoy.config.cluster.v3.Cluster',
  'envoy.config.endpoint.v3.ClusterLoadAssignment',
  'envoy.config.route.v3.RouteConfiguration',
  'envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
  'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  'envoy.extensions.load_balancing_policies.maglev.v3.Maglev',
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
  'envoy.extensions.transport_sockets.tls.v3.Secret',
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig',
  'envoy.service.discovery.v3.DeltaDiscoveryRequest',
  'envoy.service.metrics.v3.StreamMetricsMessage',
  'google.rpc.Status',
  'io.prometheus.client.MetricFamily',
  'istio.security.Authorization',
  'istio.v1.auth.IstioCertificateRequest',
  'istio.workload.Address',
  'udpa.type.v1.TypedStruct',
  'xds.type.v3.TypedStruct',
];

describe('registry', () => {
  it('knows what a mesh meets on the wire, nested messages and well-known types too', () => {
    for (const name of [...EXPECTED, 'google.protobuf.Duration', 'google.protobuf.Struct']) {
      assert.ok(isKnownTypeUrl(typeUrlOf(name)), name);
      assert.equal(messageForTypeUrl(typeUrlOf(name))?.typeName, name);
    }
  });

  it('hands out the very schemas that imports do', async () => {
    assert.equal(registry.getMessage('envoy.config.cluster.v3.Cluster'), ClusterSchema);
    assert.equal(await loadMessage(typeUrlOf('envoy.config.cluster.v3.Cluster')), ClusterSchema);
    assert.equal(registry.getMessage('google.protobuf.Duration'), DurationSchema);
  });

  it('answers undefined for unknown names, those of object properties included', async () => {
    for (const name of ['no.Such', '', 'toString', '__proto__', 'constructor', 'google.protobuf.NoSuch']) {
      assert.equal(messageForTypeUrl(typeUrlOf(name)), undefined, name);
      assert.equal(isKnownTypeUrl(typeUrlOf(name)), false, name);
      assert.equal(await loadMessage(typeUrlOf(name)), undefined, name);
    }
  });

  it('can load every message it lists', () => {
    let count = 0;
    for (const message of registry) {
      assert.equal(message.kind, 'message');
      count++;
    }
    assert.ok(count > 800, `${count} messages`);
  });

  it('loads only what a type needs, and nothing before it is asked', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const seen = new Set();
      registerHooks({
        load(url, context, next) {
          if (url.endsWith('_pb.ts')) seen.add(url);
          return next(url, context);
        },
      });
      const { messageForTypeUrl } = await import(${JSON.stringify(path.join(import.meta.dirname, 'registry.ts'))});
      const counts = [seen.size];
      messageForTypeUrl('x/envoy.type.v3.SemanticVersion');
      counts.push(seen.size);
      process.stdout.write(JSON.stringify(counts));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const [before, after] = JSON.parse(stdout) as [number, number];
    assert.equal(before, 0);
    assert.ok(after > 0 && after < 10, `${after} files loaded`);
  });
});
