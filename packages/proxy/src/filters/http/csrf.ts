/** Refuses what pages of other origins want to change (envoy.filters.http.csrf). */
import { CSRF_STATS, type CsrfRuntime, decideCsrf } from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import { FilterStatus, type HttpFilterKind } from './filter.ts';

const STATS = defineBlock(CSRF_STATS);
const RANDOM_RANGE = 2 ** 53;

/** See the file's head. */
export const CSRF: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy',
  create: ({ name, isDisabled, config }, { scope, services: { random } }) => {
    const stats = scope.child('csrf').block(STATS).values;
    const draw = () => random.int(RANDOM_RANGE);
    return {
      name,
      isDisabled,
      create: (stream) => ({
        onRequestHead: (head) => {
          const policy = (stream.routeConfigs[0] ?? config) as CsrfRuntime;
          const { stat, isRefused } = decideCsrf(policy, head, { random: draw, runtime: stream.input.runtime });
          if (stat !== undefined) stats[STATS.at[stat]]! += 1;
          if (!isRefused) return FilterStatus.next;
          stream.reply({ status: 403, body: 'Invalid origin', details: 'csrf_origin_mismatch' });
          return FilterStatus.hold;
        },
      }),
    };
  },
};
