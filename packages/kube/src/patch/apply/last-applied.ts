/**
 * The annotation that client-side apply leaves behind. When `kubectl apply --server-side` takes an object over, fields that
 * client-side apply had set and nobody has changed since are no conflict, and the annotation is kept up to date so that
 * client-side apply could take over again.
 */
import type { ApiObject } from '@weft/api';
import { isObject } from '../json.ts';
import { compareObjects } from './compare.ts';
import { difference, type FieldSet } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { appliedFields } from './to-field-set.ts';
import { withoutManagedFields } from './update.ts';

/** The one manager for which the annotation counts. */
export const KUBECTL = 'kubectl';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Paths of the annotation's configuration that still have the configuration's values; undefined without usable annotation. */
export function unchangedLastApplied(type: FieldType, live: ApiObject): FieldSet | undefined {
  const text = live.metadata?.annotations?.[LAST_APPLIED];
  const config = text === undefined ? undefined : parseObject(text);
  if (config === undefined || config['apiVersion'] !== live.apiVersion) return undefined;
  const { added, modified, removed } = compareObjects(type, config, withoutManagedFields(live));
  return [modified, added, removed].reduce(difference, appliedFields(type, config));
}

/** The result of an apply with the annotation, if there is one, telling what was applied. */
export function refreshLastApplied(result: ApiObject, config: ApiObject): ApiObject {
  const annotations = result.metadata.annotations;
  const current = annotations?.[LAST_APPLIED];
  if (annotations === undefined || current === undefined || current === '') return result;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const text = `${JSON.stringify(withoutLastApplied(config))}\n`;
  const fits = sizeOf(others) + LAST_APPLIED.length + Buffer.byteLength(text) <= MAX_ANNOTATION_BYTES;
  return {
    ...result,
    metadata: { ...result.metadata, annotations: fits ? { ...others, [LAST_APPLIED]: text } : others },
  };
}

function withoutLastApplied(config: ApiObject): ApiObject {
  if (config.metadata?.annotations?.[LAST_APPLIED] === undefined) return config;
  const { [LAST_APPLIED]: _, ...annotations } = config.metadata.annotations;
  return { ...config, metadata: { ...config.metadata, annotations } };
}

function sizeOf(annotations: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
