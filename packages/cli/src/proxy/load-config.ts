import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '@weft/core';
import { type BootstrapSurroundings, loadBootstrap, processAbilities } from '@weft/proxy';
import { parse } from 'yaml';
import type { CommandContext } from '../framework/context.ts';

/** A bootstrap file that can be used. */
export interface LoadedConfig {
  /** As JSON data. */
  readonly document: unknown;
  readonly bootstrap: Extract<ReturnType<typeof loadBootstrap>, { readonly kind: 'ok' }>['value'];
  readonly surroundings: BootstrapSurroundings;
}

/** Reads a bootstrap in YAML or JSON; throws all that is wrong with it. */
export function loadConfig(file: string, { env, clock }: CommandContext): LoadedConfig {
  const document = readConfig(file);
  const surroundings = { env, clock, uuid: randomUUID, abilities: processAbilities() };
  const loaded = loadBootstrap(document, surroundings);
  if (loaded.kind === 'ok') return { document, bootstrap: loaded.value, surroundings };
  const problems = loaded.error.map(({ path, reason }) => `  ${path === '' ? '' : `${path}: `}${reason}`);
  throw new UserError(`${file} cannot be used:\n${problems.join('\n')}`);
}

function readConfig(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    throw new UserError(`${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
  }
}
