/** Resources of hostile control planes, type by type: good ones with bytes changed compile, or are refused with reasons; nothing throws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@weft/core';
import { mergeRuntimeLayers } from '@weft/engine';
import { captureLogger } from '@weft/testkit';
import { readResourceName, typeUrls } from '@weft/xds/protocol';
import fc from 'fast-check';
import { FileBacked } from '../secrets/file-backed.ts';
import { NO_ABILITIES } from '../server/abilities.ts';
import { configSources } from '../server/load-bootstrap.ts';
import {
  edsCluster,
  endpointsOf,
  httpManager,
  packResource,
  rds,
  routesTo,
  sds,
} from '../test-support/control-plane.ts';
import { listener, tcpProxy, tlsSocket } from '../test-support/start-proxy.ts';
import { listenerPrint } from './listener-print.ts';
import { createKinds } from './resource-kinds.ts';

const TLS = tlsSocket({ common_tls_context: { tls_certificate_sds_secret_configs: [sds('cert')] } });
const SAMPLES: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  [typeUrls.cluster, 'one', edsCluster('one', { lb_policy: 'LEAST_REQUEST', alt_stat_name: 'x' })],
  [typeUrls.endpoints, 'one', endpointsOf('one', [1, 2, 3])],
  [typeUrls.route, 'routes', routesTo('routes', 'one')],
  [typeUrls.secret, 'cert', { name: 'cert', generic_secret: { secret: { inline_string: 'x' } } }],
  [
    typeUrls.listener,
    'web',
    listener('web', {
      filter_chains: [
        { filter_chain_match: { server_names: ['a.test'] }, transport_socket: TLS, filters: [tcpProxy('one')] },
        { filters: [httpManager(rds('routes'))] },
      ],
    }),
  ],
];

function subject() {
  const sources = configSources({ env: {}, clock: systemClock, uuid: () => '' });
  const { logger } = captureLogger();
  const kinds = createKinds({
    environment: { ...sources, runtime: mergeRuntimeLayers([]) },
    clock: systemClock,
    hasSecret: () => false,
    isStatic: () => false,
    clusterSource: 'ads',
    fileBacked: new FileBacked({
      loadData: sources.loadData,
      clock: systemClock,
      logger,
      directoriesOf: () => [],
      isWanted: () => true,
      onChange: () => undefined,
    }),
    onCompiled: () => undefined,
    abilities: NO_ABILITIES,
    findListenProblem: () => undefined,
  });
  return (typeUrl: string, bytes: Uint8Array) => {
    const name = readResourceName(bytes) ?? '';
    const kind = kinds.find((each) => each.typeUrl === typeUrl)!;
    return kind.compile({ name, version: '1', typeUrl, value: bytes }, { typeUrl, name, source: 'ads' });
  };
}

for (const [typeUrl, name, json] of SAMPLES) {
  const { value: good } = packResource(typeUrl, json);
  const compile = subject();

  test(`${typeUrl}: ${name} compiles as it is`, () => {
    const compiled = compile(typeUrl, good);
    assert.deepEqual(compiled.kind === 'err' ? compiled.error : [], []);
  });

  test(`${typeUrl} compiles or is refused, whatever its bytes are`, () => {
    const edit = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    const inputs = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
        const bytes = Uint8Array.from(good);
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(inputs, (bytes) => {
        const compiled = compile(typeUrl, bytes);
        if (compiled.kind === 'err') {
          assert.ok(compiled.error.length > 0 && compiled.error.every((reason) => reason !== ''));
        } else if (typeUrl === typeUrls.listener) listenerPrint(bytes);
      }),
      { numRuns: 400 },
    );
  });
}
