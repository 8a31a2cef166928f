/** `testdata/inject/<case>/`: in.yaml and what comes of it; `UPDATE_GOLDEN=1` writes it anew. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type ApiObject, builtinKinds, istio, parseApiVersion, prepare } from '@weft/api';
import { unwrap } from '@weft/core';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { createInjectionConfig, type InjectionRequest, injectObject, type ObjectOutcome } from './index.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../testdata/inject');

/** What a case may say beside its configuration. */
interface CaseOptions {
  readonly proxyConfigs?: InjectionRequest['proxyConfigs'];
  readonly nodes?: InjectionRequest['nodes'];
  /** Nodes of single objects, by name. */
  readonly nodesOf?: Readonly<Record<string, InjectionRequest['nodes']>>;
}

for (const name of readdirSync(FOLDER)) {
  test(`injects ${name}`, () => {
    const read = (file: string): unknown => {
      const full = path.join(FOLDER, name, file);
      return existsSync(full) ? parse(readFileSync(full, 'utf8')) : undefined;
    };
    const config = unwrap(
      createInjectionConfig({
        config: read('config.yaml'),
        values: read('values.yaml'),
        mesh: istio.mesh.parseMeshConfig(read('mesh.yaml')).config,
      }),
    );
    const { nodes = [], nodesOf = {}, proxyConfigs = [] } = (read('options.yaml') ?? {}) as CaseOptions;
    const documents = parseAllDocuments(readFileSync(path.join(FOLDER, name, 'in.yaml'), 'utf8'));
    const texts = documents.map((document) => {
      const object = document.toJS() as ApiObject;
      const request = { proxyConfigs, nodes: nodesOf[object.metadata?.name ?? ''] ?? nodes };
      const before = structuredClone(object);
      const result = injectObject(object, { config, request });
      assert.deepEqual(object, before, 'the input is not changed');
      const again = injectObject(result.object, { config, request });
      assert.deepEqual(again.object, result.object, 'injecting again changes nothing');
      for (const outcome of result.outcomes) if (outcome.outcome.kind === 'injected') assertValid(result.object);
      return `${result.outcomes.map(describe).join('')}${stringify(result.object, { lineWidth: 0 })}`;
    });
    const golden = path.join(FOLDER, name, 'out.yaml');
    const text = texts.join('---\n');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });
}

function describe({ kind, name, outcome }: ObjectOutcome): string {
  const words: readonly string[] =
    outcome.kind === 'skipped'
      ? [`${outcome.reason.code}: ${outcome.reason.message}`]
      : outcome.kind === 'refused'
        ? [...outcome.errors, ...outcome.warnings.map((warning) => `warning: ${warning}`)]
        : outcome.kind === 'injected'
          ? outcome.warnings.map((warning) => `warning: ${warning}`)
          : [];
  return [`# ${outcome.kind} ${kind} ${name}`, ...words.map((word) => `#   ${word}`), ''].join('\n');
}

/** The API server would take it: no unknown fields, and no mistake in the pod. */
function assertValid(object: ApiObject): void {
  if (object.kind === 'List') {
    for (const item of object['items'] as ApiObject[]) assertValid(item);
    return;
  }
  const kind = builtinKinds.byApiVersion(object.apiVersion, object.kind);
  // ReplicationControllers and PodTemplates are not served.
  if (kind === undefined) return;
  const { issues, unknownFields } = prepare(kind, parseApiVersion(object.apiVersion).version, object);
  // Cases leave out what does not matter here, such as selectors.
  const own = issues.filter(({ field }) => /containers|volumes|annotations|labels|securityContext/i.test(field));
  const isShort = (field: string): boolean => /selector|template\.metadata\.labels$/.test(field);
  assert.deepEqual([unknownFields, own.filter(({ field }) => !isShort(field))], [[], []]);
}
