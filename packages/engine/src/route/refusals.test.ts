/** What a real Envoy refuses of route configurations is refused here, and the other way round, but for the differences that are named. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, Problems as LiteProblems, validate } from '@weft/proto/lite';
import { parse } from 'yaml';
import { compileRouteConfig } from './route-config.ts';
import { testContext } from './test-support/compile.ts';

interface Refusal {
  readonly name: string;
  readonly listener: {
    readonly routes?: string;
    readonly virtualHosts?: string;
    readonly routeConfig?: string;
  };
  readonly refusal?: string;
}

/** Envoy takes these and does something else than what was meant, or nothing. */
const REFUSED_HERE: readonly string[] = [
  'regex: any byte',
  'template: literal around a glob',
  'header: a space in the name',
  'domains: empty',
  'domains: a star in the middle',
  'domains: two stars',
  'substitution: a group too many',
  'substitution: a single backslash',
  'substitution: an unknown escape',
  'route: an unknown retry_on',
  'add: a space in the key',
];

/** The parts of the recording that are about routes. */
const ABOUT_ROUTES =
  /^(match|separated|regex|template|header|query|domains|substitution|rewrite|route|redirect|add|remove|direct):/;

/** The check needs more than the route configuration: the clusters that there are, and the formats. */
const CHECKED_ELSEWHERE =
  /^route: an unknown cluster$|^add: (an unknown operator|a single percent|an unclosed operator)$/;

/** The bundled protos do not have this field. */
const NEWER_FIELD = /cookies:/;

function readYaml(text: string): unknown {
  // The recorded parts leave out the beginning of type URLs, and are read as Envoy reads YAML.
  return parse(text.replaceAll("'@type': envoy", "'@type': type.googleapis.com/envoy"), { version: '1.1' });
}

function isRefused({ listener }: Refusal): boolean {
  const { routes = '[]', virtualHosts, routeConfig = '{}' } = listener;
  const all = [{ name: 'all', domains: ['*'], routes: readYaml(routes) }];
  const json = {
    ...(readYaml(routeConfig) as object),
    virtual_hosts: virtualHosts === undefined ? all : readYaml(virtualHosts),
  };
  const report = new LiteProblems();
  const message = fromJson<RouteConfiguration>('envoy.config.route.v3.RouteConfiguration', json, report);
  if (message === undefined) return true;
  validate(message, report);
  return compileRouteConfig(message, '', testContext()) === undefined || !report.isEmpty;
}

const file = new URL('../../../../e2e/envoy/refusals/testdata/refusals.json', import.meta.url);
const refusals = JSON.parse(readFileSync(file, 'utf8')) as Refusal[];

test('refuses what Envoy refuses, and takes what Envoy takes', () => {
  let compared = 0;
  for (const each of refusals) {
    const { name, listener, refusal } = each;
    if (!ABOUT_ROUTES.test(name) || CHECKED_ELSEWHERE.test(name)) continue;
    if (NEWER_FIELD.test(JSON.stringify(listener))) continue;
    assert.equal(isRefused(each), refusal !== undefined || REFUSED_HERE.includes(name), name);
    compared += 1;
  }
  assert.ok(compared > 60, `only ${compared} were compared`);
});
