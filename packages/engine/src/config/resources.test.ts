import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bootstrap } from '@weft/proto/envoy/config/bootstrap/v3/bootstrap';
import type { Cluster } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { create, encode, fromJson, Problems as ReadProblems } from '@weft/proto/lite';
import { Problems } from '../compile/problems.ts';
import { compileBootstrapBytes } from './bootstrap/bootstrap.ts';
import { allSupport } from './environment.ts';
import { compileResource } from './resources.ts';
import { TEST_ENVIRONMENT, TEST_SOURCES } from './test-support/compile.ts';
import { innerTypeOf, unpackAny } from './unpack.ts';

const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

function anyOf(json: object): { readonly typeUrl: string; readonly value: Uint8Array } {
  const report = new ReadProblems();
  const any = fromJson('google.protobuf.Any', json, report);
  assert.deepEqual(report.list, []);
  return any as unknown as { readonly typeUrl: string; readonly value: Uint8Array };
}

function unpack(any: { readonly typeUrl: string; readonly value: Uint8Array }) {
  const problems = new Problems();
  const message = unpackAny(any, 'at', allSupport(), problems);
  return { message, problems: problems.list().map(({ path, reason }) => `${path}: ${reason}`) };
}

describe('what an Any holds', () => {
  it('may be in a struct that says its type, of either package', () => {
    for (const wrapper of ['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']) {
      const any = anyOf({
        '@type': `type.googleapis.com/${wrapper}`,
        type_url: `type.googleapis.com/${ROUTER}`,
        value: { suppress_envoy_headers: true },
      });
      assert.equal(innerTypeOf(any), ROUTER);
      const { message, problems } = unpack(any);
      assert.deepEqual(problems, []);
      assert.equal(message?.$typeName, ROUTER);
      assert.equal((message as unknown as { suppressEnvoyHeaders: boolean }).suppressEnvoyHeaders, true);
    }
  });

  it('in a struct is read as strictly as any other', () => {
    const any = anyOf({
      '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
      type_url: `type.googleapis.com/${ROUTER}`,
      value: { bogus: 1 },
    });
    assert.deepEqual(unpack(any).problems, ['at.bogus: unknown field']);
  });

  it('is refused by its name when it is not known, not supported or broken', () => {
    const of = (typeName: string, value = new Uint8Array(0)) => ({ typeUrl: `type.googleapis.com/${typeName}`, value });
    assert.deepEqual(unpack(of('no.Such')).problems, ['at: unknown message type "no.Such"']);
    const wasm = 'envoy.extensions.filters.http.wasm.v3.Wasm';
    assert.deepEqual(unpack(of(wasm)).problems, [`at: ${wasm} is not supported`]);
    assert.equal(unpack(of(ROUTER, Uint8Array.of(0xff))).problems.length, 1);
  });

  it('is checked by the rules of its schema and by the support tables', () => {
    const any = anyOf({
      '@type': `type.googleapis.com/${ROUTER}`,
      strict_check_headers: ['x'],
      start_child_span: true,
    });
    const { message, problems } = unpack(any);
    assert.equal(message, undefined);
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, problem.indexOf(':'))),
      ['at.strict_check_headers[0]', 'at.start_child_span'],
    );
  });
});

describe('a resource', () => {
  it('names what it needs from elsewhere', () => {
    const message = fromJson<Cluster>(
      'envoy.config.cluster.v3.Cluster',
      { name: 'c', type: 'EDS', eds_cluster_config: { eds_config: { ads: {} } } },
      new ReadProblems(),
    )!;
    const result = compileResource(message, '', TEST_ENVIRONMENT);
    assert.equal(result.kind, 'ok');
    const { name, needs } = (result as Extract<typeof result, { kind: 'ok' }>).value;
    assert.equal(name, 'c');
    assert.deepEqual(
      needs.map((need) => [need.typeName, need.name, need.source.configSourceSpecifier.case]),
      [['envoy.config.endpoint.v3.ClusterLoadAssignment', 'c', 'ads']],
    );
  });

  it('tells what is wrong with it from its own root', () => {
    const message = create<Cluster>('envoy.config.cluster.v3.Cluster', {
      name: 'c',
      healthChecks: [create('envoy.config.core.v3.HealthCheck')],
    });
    const result = compileResource(message, '', TEST_ENVIRONMENT);
    assert.equal(result.kind, 'err');
    const { error } = result as Extract<typeof result, { kind: 'err' }>;
    assert.ok(error.some(({ path, reason }) => path === 'health_checks' && reason.startsWith('is not supported: ')));
    assert.ok(error.some(({ path }) => path === 'health_checks[0].timeout'));
  });
});

describe('a bootstrap in binary form', () => {
  it('compiles as any other', () => {
    const message = fromJson<Bootstrap>(
      'envoy.config.bootstrap.v3.Bootstrap',
      { node: { id: 'n' } },
      new ReadProblems(),
    )!;
    const result = compileBootstrapBytes(encode(message), TEST_SOURCES);
    assert.equal(result.kind === 'ok' && result.value.node?.id, 'n');
  });

  it('is refused when it is none', () => {
    assert.equal(compileBootstrapBytes(Uint8Array.of(1, 2, 3), TEST_SOURCES).kind, 'err');
  });
});
