import type {
  MetadataMatcher_PathSegment,
  MetadataMatcher as MetadataMessage,
} from '@weft/proto/envoy/type/matcher/v3/metadata';
import { compileMetadataMatcher, type MetadataMatcher } from '../../match/metadata-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { isMissing, valueOrReport } from './outcome.ts';
import { valueMatcherSpec } from './value-matcher.ts';

/** What is supported of metadata matchers. */
export const METADATA_MATCHER_SUPPORT = [
  supports<MetadataMessage>('envoy.type.matcher.v3.MetadataMatcher', {
    filter: true,
    path: true,
    value: true,
    invert: true,
  }),
  supports<MetadataMatcher_PathSegment>('envoy.type.matcher.v3.MetadataMatcher.PathSegment', {
    segment: { key: true },
  }),
];

/** Compiles a condition on metadata. */
export function compileMetadataMessage(
  message: MetadataMessage,
  path: string,
  context: CompileContext,
): MetadataMatcher | undefined {
  if (message.value === undefined) return isMissing(path, 'value', context);
  const value = valueMatcherSpec(message.value, `${path}.value`, context);
  if (value === undefined) return undefined;
  const { filter, invert } = message;
  const spec = { filter, path: message.path.map((each) => each.segment.value ?? ''), value, invert };
  return valueOrReport(compileMetadataMatcher(spec, path, context.regexLimits), context);
}
