import { err, ok } from '@weft/core';
import { parse } from 'yaml';
import { compileBootstrapJson } from '../bootstrap/bootstrap.ts';
import type { BootstrapResult } from '../bootstrap/bootstrap-runtime.ts';
import { mergeRuntimeLayers } from '../bootstrap/runtime-layers.ts';
import type { ConfigEnvironment, ConfigSources } from '../environment.ts';

/** Files and variables that configurations of tests may name. */
const DATA: Readonly<Record<string, string>> = {
  '/certs/cert.pem': 'CERTIFICATE',
  '/certs/key.pem': 'KEY',
  '/certs/ca.pem': 'AUTHORITY',
  '/certs/crl.pem': 'REVOKED',
  '/certs/ticket.key': 'k'.repeat(80),
  TLS_PASSWORD: 'secret',
};

/** What the engine is given in tests. */
export const TEST_SOURCES: ConfigSources = {
  loadData: (source, name) => {
    const text = DATA[name];
    return text === undefined ? err(`${source} ${name} is not there`) : ok(new TextEncoder().encode(text));
  },
  formats: { hostname: 'host', environment: (name) => DATA[name], nowUs: () => 0, uuid: () => 'uuid' },
};

/** As `TEST_SOURCES`, with runtime layers that have no keys. */
export const TEST_ENVIRONMENT: ConfigEnvironment = { ...TEST_SOURCES, runtime: mergeRuntimeLayers([]) };

/** Compiles a bootstrap that is written in YAML. */
export function compileYaml(yaml: string): BootstrapResult {
  return compileBootstrapJson(parse(yaml), TEST_SOURCES);
}

/** The problems of a bootstrap, one line each; empty when there are none. */
export function problemsOf(result: BootstrapResult): readonly string[] {
  return result.kind === 'ok' ? [] : result.error.map(({ path, reason }) => `${path}: ${reason}`);
}
