import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { registry } from '../registry.ts';
import { enumSchema, knownMessage, messageSchema, typeExists } from './load-schema.ts';
import { create, fieldsOf } from './reflect.ts';
import { TYPE } from './schema.ts';
import { messageNames } from './table.ts';
import { rulesOf } from './validate/rules.ts';

describe('the schema of the lite messages', () => {
  it('has every message of the generated code, field for field', () => {
    for (const { typeName } of registry) {
      const desc = registry.getMessage(typeName)!;
      const fields = fieldsOf(desc.typeName);
      assert.ok(fields, desc.typeName);
      assert.deepEqual(
        fields.map(({ number, name, jsonName, localName }) => ({ number, name, jsonName, localName })),
        desc.fields
          .map(({ number, name, jsonName, localName }) => ({ number, name, jsonName, localName }))
          .toSorted((a, b) => a.number - b.number),
      );
      const { oneofs } = knownMessage(desc.typeName);
      assert.deepEqual(
        oneofs.map(({ localName }) => localName),
        desc.oneofs.map(({ localName }) => localName),
      );
    }
  });

  it('has every message and enum that a field refers to', () => {
    for (const name of messageNames()) {
      for (const field of fieldsOf(name)!) {
        if (field.type === TYPE.message) assert.ok(typeExists(field.typeName), field.typeName);
        if (field.type === TYPE.enum) assert.ok(enumSchema(field.typeName).values.length > 0);
      }
    }
  });

  it('has only validation rules that are implemented, and patterns that JavaScript reads as RE2 does', () => {
    const patterns = new Set<string>();
    for (const name of messageNames()) {
      for (const field of fieldsOf(name)!) {
        assert.doesNotThrow(() => rulesOf(field), `${name}.${field.name}`);
        JSON.stringify(field.rules, (key, value: unknown) =>
          key === 'pattern' ? void patterns.add(String(value)) : value,
        );
      }
    }
    assert.deepEqual([...patterns].toSorted(), [
      '^$|^/[^\\x00-\\x1f\\x7f ",;<>\\\\]*$',
      '^$|^[^\\x00-\\x1f\\x7f ",;<>\\\\]+$',
      '^[0-9a-zA-Z_\\-\\./~:]+$',
      '^[0-9a-zA-Z_\\-\\.~:]+$',
      '^[^?#]+[^?#/]$',
      '^[^\\x00-\\x1f\\x7f]*$',
    ]);
  });

  it('answers for unknown names, enums and hostile ones', () => {
    const names = [
      '',
      ' ',
      'no.Such',
      'envoy',
      'toString',
      '__proto__',
      'zzz',
      '\n',
      'envoy.config.cluster.v3.Cluster ',
    ];
    const enumName = 'envoy.config.cluster.v3.Cluster.DiscoveryType';
    const line = 'envoy.config.cluster.v3.Cluster.DiscoveryType [[0,"STATIC"],[1,"STRICT_DNS"]';
    for (const name of [...names, enumName, line]) {
      assert.equal(typeExists(name), false, name);
      assert.equal(messageSchema(name), undefined, name);
      assert.equal(fieldsOf(name), undefined, name);
    }
  });

  it('knows what is deprecated and what is secret', () => {
    const field = (type: string, name: string) => fieldsOf(type)!.find((candidate) => candidate.name === name)!;
    assert.equal(field('envoy.config.cluster.v3.Cluster', 'max_requests_per_connection').isDeprecated, true);
    assert.equal(field('envoy.config.cluster.v3.Cluster', 'name').isDeprecated, false);
    assert.equal(field('envoy.extensions.transport_sockets.tls.v3.TlsCertificate', 'private_key').isSensitive, true);
    const { values } = enumSchema('envoy.config.core.v3.ApiVersion');
    const isDeprecated = Object.fromEntries(values.map((value) => [value.name, value.isDeprecated]));
    assert.deepEqual(isDeprecated, { AUTO: false, V2: true, V3: false });
  });

  it('needs nothing of the generated code or of protobuf-es when it runs', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({
        load(url, context, next) {
          if (/_pb\\.ts$|@bufbuild/.test(url)) process.stdout.write(url + ' ');
          return next(url, context);
        },
      });
      await import(${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))});
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    assert.equal(stdout, '');
  });
});

describe('a message that was created', () => {
  it('has defaults without having them set', () => {
    const cluster = create('envoy.config.cluster.v3.Cluster') as unknown as Record<string, unknown>;
    assert.deepEqual(Object.keys(cluster), []);
    assert.equal(cluster['$typeName'], 'envoy.config.cluster.v3.Cluster');
    assert.equal(cluster['name'], '');
    assert.equal(cluster['connectTimeout'], undefined);
    assert.equal(cluster['perConnectionBufferLimitBytes'], undefined);
    assert.deepEqual(cluster['healthChecks'], []);
    assert.deepEqual(cluster['clusterDiscoveryType'], { case: undefined });
    assert.throws(() => (cluster['healthChecks'] as unknown[]).push(1), TypeError);
  });
});
