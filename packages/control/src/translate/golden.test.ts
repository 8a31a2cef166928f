/**
 * Meshes as users write them, and what one proxy of each is sent: `testdata/translate/CASE/in.yaml`, and in a folder for each proxy `proxy.yaml`,
 * the resources (`out.*.yaml`, written anew with `UPDATE_GOLDEN=1`) and `calls.yaml`: what becomes of calls by these resources.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import type { MeshProxy } from '../mesh/model/index.ts';
import { encodeResources } from './encode-resources.ts';
import type { ProxyResources } from './resources.ts';
import { inputOf } from './test-support/mesh-input.ts';
import { type Call, type Outcome, simulator } from './test-support/simulate.ts';
import { translateProxy } from './translate-proxy.ts';

const DIRECTORY = new URL('../../testdata/translate/', import.meta.url);
const FILES = { listeners: 'lds', routes: 'rds', clusters: 'cds', endpoints: 'eds' } as const;
const IS_UPDATE = process.env['UPDATE_GOLDEN'] === '1';

type TableCall = Call & { readonly expect: Outcome };

for (const name of readdirSync(DIRECTORY)) {
  const mesh = new URL(`${name}/`, DIRECTORY);
  const inYaml = readFileSync(new URL('in.yaml', mesh), 'utf8');
  for (const entry of readdirSync(mesh, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = new URL(`${entry.name}/`, mesh);
    test(`${name}: ${entry.name}`, () => {
      const proxy = parse(readFileSync(new URL('proxy.yaml', folder), 'utf8')) as Partial<MeshProxy>;
      const { resources, parts, findings } = translateProxy(inputOf(inYaml, { proxy }));
      assert.deepEqual(encodeResources(parts).refused, []);
      for (const kind of Object.keys(FILES) as (keyof typeof FILES)[]) check(folder, kind, resources);
      compare(new URL('findings.yaml', folder), findings);
      checkCalls(folder, resources);
    });
  }
}

function check(folder: URL, kind: keyof typeof FILES, resources: ProxyResources): void {
  compare(new URL(`out.${FILES[kind]}.yaml`, folder), resources[kind]);
}

/** An absent file stands for nothing. */
function compare(file: URL, list: readonly unknown[]): void {
  const text = list.length === 0 ? '' : stringify(list, { aliasDuplicateObjects: false, lineWidth: 0 });
  const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (IS_UPDATE && (text !== '' || known !== '')) writeFileSync(file, text);
  else assert.equal(text, known, file.pathname);
}

function checkCalls(folder: URL, resources: ProxyResources): void {
  const file = new URL('calls.yaml', folder);
  if (!existsSync(file)) return;
  const send = simulator(resources);
  for (const { expect, ...call } of parse(readFileSync(file, 'utf8')) as TableCall[]) {
    assert.partialDeepStrictEqual(send(call), expect, JSON.stringify(call));
  }
}
