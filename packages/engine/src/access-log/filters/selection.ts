/** Filters that select from a list: response flags, gRPC statuses, types of lines. */
import type {
  GrpcStatusFilter,
  LogTypeFilter,
  ResponseFlagFilter,
} from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import { supports } from '../../compile/support.ts';
import type { ConfigContext } from '../../config/config-context.ts';
import { ACCESS_LOG_TYPES } from '../../format/formatter.ts';
import { grpcStatusOf } from '../../grpc/grpc-status.ts';
import { RESPONSE_FLAG_TEXTS } from '../../view/response-flags.ts';
import type { LogFilter } from '../access-log-runtime.ts';

/** What is supported of selections. */
export const SELECTION_SUPPORT = [
  supports<ResponseFlagFilter>('envoy.config.accesslog.v3.ResponseFlagFilter', { flags: true }),
  supports<GrpcStatusFilter>('envoy.config.accesslog.v3.GrpcStatusFilter', { statuses: true, exclude: true }),
  supports<LogTypeFilter>('envoy.config.accesslog.v3.LogTypeFilter', { types: true, exclude: true }),
];

/** Streams with one of the flags; without a list, with any. */
export function compileResponseFlagFilter(
  { flags }: ResponseFlagFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  let wanted = flags.length === 0 ? ~0 : 0;
  flags.forEach((flag, i) => {
    const bit = RESPONSE_FLAG_TEXTS.get(flag);
    if (bit === undefined) context.problems.add(`${path}.flags[${i}]`, `${JSON.stringify(flag)} is no response flag`);
    else wanted |= bit;
  });
  return { accepts: ({ responseFlags }) => (responseFlags & wanted) !== 0 };
}

const UNKNOWN = 2;

/** Answers with one of the gRPC statuses; what is not gRPC has the one that its HTTP status stands for. */
export function compileGrpcStatusFilter({ statuses, exclude }: GrpcStatusFilter): LogFilter {
  const wanted: ReadonlySet<number> = new Set(statuses);
  return { accepts: (view) => wanted.has(grpcStatusOf(view) ?? UNKNOWN) !== exclude };
}

/** Lines of one of the types. */
export function compileLogTypeFilter({ types, exclude }: LogTypeFilter): LogFilter {
  const wanted: ReadonlySet<string | undefined> = new Set(types.map((type) => ACCESS_LOG_TYPES[type]));
  return { accepts: (_view, { accessLogType }) => wanted.has(accessLogType) !== exclude };
}
