/** Reads a bootstrap: from data to something that can be run, or everything that is wrong with it. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { type Clock, err, ok, type Result } from '@weft/core';
import { type BootstrapRuntime, type CompileError, type ConfigSources, compileBootstrapJson } from '@weft/engine';
import { NO_ABILITIES, type ProxyAbilities } from './abilities.ts';
import { findRefusals } from './refusals.ts';
import { compileStatsRules } from './stats-rules.ts';

/** What a bootstrap may read of its surroundings. */
export interface BootstrapSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** A random UUID. */
  readonly uuid: () => string;
  /** None unless given. */
  readonly abilities?: ProxyAbilities;
}

/** Compiles a bootstrap of JSON data, or YAML that is parsed. */
export function loadBootstrap(
  data: unknown,
  surroundings: BootstrapSurroundings,
): Result<BootstrapRuntime, readonly CompileError[]> {
  const compiled = compileBootstrapJson(data, configSources(surroundings));
  if (compiled.kind === 'err') return compiled;
  const statsRules = compileStatsRules(compiled.value);
  const problems = [
    ...findRefusals(compiled.value, surroundings.abilities ?? NO_ABILITIES),
    ...(statsRules.kind === 'err' ? statsRules.error : []),
  ];
  return problems.length === 0 ? ok(compiled.value) : err(problems);
}

/** What configuration reads beside itself: files, environment variables, and what formats say of the process. */
export function configSources({ env, clock, uuid }: BootstrapSurroundings): ConfigSources {
  return {
    loadData: (source, name) => {
      if (source === 'filename') return readData(name);
      const value = env[name];
      return value === undefined ? err(`environment variable ${name} is not set`) : ok(Buffer.from(value));
    },
    formats: {
      hostname: os.hostname(),
      environment: (name) => env[name],
      nowUs: () => clock.now() * 1000,
      uuid,
    },
  };
}

function readData(file: string): Result<Uint8Array, string> {
  try {
    return ok(readFileSync(file));
  } catch (thrown) {
    return err(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
