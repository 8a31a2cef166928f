import type { MetadataFilter } from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import { compileMetadataMessage } from '../../compile/matchers/metadata-matcher.ts';
import { supports } from '../../compile/support.ts';
import type { ConfigContext } from '../../config/config-context.ts';
import { valueAt } from '../../match/metadata-matcher.ts';
import type { LogFilter } from '../access-log-runtime.ts';

/** What is supported of conditions on metadata. */
export const METADATA_FILTER_SUPPORT = [
  supports<MetadataFilter>('envoy.config.accesslog.v3.MetadataFilter', { matcher: true, matchIfKeyNotFound: true }),
];

/** Streams whose metadata has a value; `match_if_key_not_found` decides about those that have none. */
export function compileMetadataFilter(
  { matcher, matchIfKeyNotFound = true }: MetadataFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  if (matcher === undefined) return { accepts: () => matchIfKeyNotFound };
  const at = `${path}.matcher`;
  if (matcher.invert) context.problems.add(`${at}.invert`, 'is not looked at in access logs: turn the value around');
  const condition = compileMetadataMessage(matcher, at, context);
  const keys = [matcher.filter, ...matcher.path.map(({ segment }) => segment.value ?? '')];
  return (
    condition && {
      accepts: ({ dynamicMetadata }) =>
        valueAt(dynamicMetadata, keys) === undefined ? matchIfKeyNotFound : condition.matches(dynamicMetadata),
    }
  );
}
