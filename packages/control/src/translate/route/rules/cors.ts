/** Which pages of other origins may call, as configuration of the CORS filter for one route. */
import { parseDurationMs } from '@weft/core';
import type { CorsPolicyJson } from '@weft/proto/envoy/extensions/filters/http/cors/v3/cors';
import type { HttpRouteSpec } from '../../../mesh/model/index.ts';
import { defined } from '../../json/defined.ts';
import { wholePercent } from '../../json/values.ts';
import { stringMatcher } from './match.ts';

type Cors = NonNullable<HttpRouteSpec['corsPolicy']>;

/** The policy of a rule. */
export function translateCors(cors: Cors): CorsPolicyJson {
  const { allowOrigins = [], allowOrigin = [], unmatchedPreflights, maxAge } = cors;
  const origins =
    allowOrigins.length > 0
      ? allowOrigins.flatMap((origin) => stringMatcher(origin) ?? [])
      : allowOrigin.map((exact) => ({ exact }));
  const age = maxAge === undefined ? undefined : parseDurationMs(maxAge);
  return defined<CorsPolicyJson>({
    ...(origins.length === 0 ? {} : { allowOriginStringMatch: origins }),
    allowMethods: joined(cors.allowMethods),
    allowHeaders: joined(cors.allowHeaders),
    exposeHeaders: joined(cors.exposeHeaders),
    maxAge: age?.kind === 'ok' ? String(Math.floor(age.value / 1000)) : undefined,
    allowCredentials: cors.allowCredentials ?? undefined,
    filterEnabled: { defaultValue: wholePercent(100) },
    forwardNotMatchingPreflights: unmatchedPreflights !== 'IGNORE',
  });
}

function joined(words: readonly string[] = []): string | undefined {
  return words.length === 0 ? undefined : words.join(',');
}
