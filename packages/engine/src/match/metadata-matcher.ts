import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import type { RegexLimits } from './regex.ts';
import { compileValueMatcher, type ValueMatcherSpec } from './value-matcher.ts';

/** Metadata as Envoy keeps it: name of the filter -> a struct as plain JSON values. */
export type MetadataSource = Readonly<Record<string, unknown>>;

/** envoy.type.matcher.v3.MetadataMatcher. */
export interface MetadataMatcherSpec {
  readonly filter: string;
  readonly path: readonly string[];
  readonly value: ValueMatcherSpec;
  readonly invert?: boolean;
}

/** A compiled condition on metadata. */
export interface MetadataMatcher {
  matches(metadata: MetadataSource): boolean;
  describe(): string;
}

/** Compiles a metadata condition; what is not there is matched as an absent value. */
export function compileMetadataMatcher(
  spec: MetadataMatcherSpec,
  path: string,
  limits?: RegexLimits,
): Compiled<MetadataMatcher> {
  if (spec.filter === '') return fail(`${path}.filter`, 'must not be empty');
  if (spec.path.length === 0) return fail(`${path}.path`, 'needs at least one key');
  const empty = spec.path.indexOf('');
  if (empty !== -1) return fail(`${path}.path[${empty}].key`, 'must not be empty');
  const value = compileValueMatcher(spec.value, `${path}.value`, limits);
  if (value.kind === 'err') return value;
  const test = value.value;
  const keys = [spec.filter, ...spec.path];
  const isInverted = spec.invert === true;
  return ok({
    matches: (metadata) => test.matches(valueAt(metadata, keys)) !== isInverted,
    describe: () => `metadata ${keys.join('/')} ${isInverted ? 'not ' : ''}${test.describe()}`,
  });
}

/** The value at a path of keys; lists are not entered and inherited properties are not seen. */
export function valueAt(root: unknown, keys: readonly string[]): unknown {
  let at = root;
  for (let i = 0; i < keys.length; i += 1) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, keys[i]!)) return undefined;
    at = (at as Record<string, unknown>)[keys[i]!];
  }
  return at;
}
