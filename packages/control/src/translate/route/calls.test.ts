/** The tables of `testdata/`: objects of a mesh, and what becomes of the requests that are listed with them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Finding, MeshProxy } from '../../mesh/model/index.ts';
import { inputOf } from '../test-support/mesh-input.ts';
import { type CallOutcome, type CallRequest, callsThrough } from '../test-support/route-calls.ts';
import { gatewayRoutes, outboundRoutes } from './index.ts';

interface Table {
  readonly mesh: string;
  readonly proxy?: Partial<MeshProxy>;
  /** Name of the routes to their calls; a text stands for the outcome `to`. */
  readonly routes: Readonly<Record<string, readonly Call[]>>;
  /** Every finding, as `code namespace/name path`. */
  readonly findings?: readonly string[];
}

interface Call extends CallRequest {
  readonly expect: string | CallOutcome;
}

const directory = new URL('testdata/', import.meta.url);

for (const file of readdirSync(directory)) {
  test(`table ${file}`, () => {
    const { mesh, proxy = {}, routes, findings = [] } = parse(readFileSync(new URL(file, directory), 'utf8')) as Table;
    const input = inputOf(mesh, { proxy });
    const found: Finding[] = [];
    const translate = input.gateways === undefined ? outboundRoutes : gatewayRoutes;
    for (const [name, calls] of Object.entries(routes)) {
      const config = translate(input, name, found);
      assert.equal(config.name, name);
      const call = callsThrough(config);
      for (const { expect, ...request } of calls) {
        const expected = typeof expect === 'string' ? { to: expect } : expect;
        assert.partialDeepStrictEqual(call(request), expected, `${name} ${JSON.stringify(request)}`);
      }
    }
    assert.deepEqual(found.map(tell), findings);
  });
}

function tell({ code, object, path = '' }: Finding): string {
  return `${code} ${object.namespace}/${object.name} ${path}`.trimEnd();
}
