/** LocalReplyConfig: what becomes of the answers that the proxy gives itself. */
import type {
  LocalReplyConfig,
  ResponseMapper,
} from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { LogFilter, LogMoment } from '../access-log/access-log-runtime.ts';
import { compileLogFilter } from '../access-log/log-filter.ts';
import { compileDataSource } from '../compile/data-source.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { SubstitutionFormat } from '../format/formatter.ts';
import { compileSubstitutionFormat } from '../format/substitution-format.ts';
import { applyHeaderMutations, type HeaderTarget } from '../headers/apply-mutations.ts';
import { compileHeaderMutations, type HeaderMutations } from '../headers/header-mutations.ts';
import type { StreamView } from '../view/stream-view.ts';

/** What is supported of local replies. */
export const LOCAL_REPLY_SUPPORT = [
  supports<LocalReplyConfig>('envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig', {
    mappers: true,
    bodyFormat: true,
  }),
  supports<ResponseMapper>('envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper', {
    filter: true,
    statusCode: true,
    body: true,
    bodyFormatOverride: true,
    headersToAdd: true,
  }),
];

/** One rule: the first whose filter holds is applied. */
export interface LocalReplyMapper {
  readonly filter: LogFilter;
  /** Undefined keeps what there is, as in the fields below. */
  readonly status: number | undefined;
  readonly body: string | undefined;
  readonly format: SubstitutionFormat | undefined;
  readonly headers: HeaderMutations;
}

/** A compiled LocalReplyConfig. */
export interface LocalReplyRuntime {
  readonly mappers: readonly LocalReplyMapper[];
  /** Makes the body where no mapper has a format of its own. */
  readonly format: SubstitutionFormat | undefined;
}

/** Compiles what becomes of local replies; undefined when there was a problem. */
export function compileLocalReply(
  message: LocalReplyConfig,
  path: string,
  context: ConfigContext,
): LocalReplyRuntime | undefined {
  const before = context.problems.count;
  const mappers = compileList(message.mappers, `${path}.mappers`, (each, at) => compileMapper(each, at, context));
  const format = message.bodyFormat && compileSubstitutionFormat(message.bodyFormat, `${path}.body_format`, context);
  return mappers === undefined || context.problems.count !== before ? undefined : Object.freeze({ mappers, format });
}

function compileMapper(message: ResponseMapper, path: string, context: ConfigContext): LocalReplyMapper | undefined {
  const before = context.problems.count;
  const { filter: given, statusCode, body: source, bodyFormatOverride: override } = message;
  const filter =
    given === undefined ? isMissing(path, 'filter', context) : compileLogFilter(given, `${path}.filter`, context);
  const body = source && compileDataSource(source, `${path}.body`, context);
  const format = override && compileSubstitutionFormat(override, `${path}.body_format_override`, context);
  const paths = { add: `${path}.headers_to_add`, remove: '' };
  const headers = compileHeaderMutations(message.headersToAdd, [], paths, context);
  if (filter === undefined || headers === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({ filter, status: statusCode, body: body && new TextDecoder().decode(body), format, headers });
}

/** A stream that is about to be answered: its status is set as it changes, since conditions and formats ask for it. */
export interface AnsweredStream extends StreamView {
  responseCode: number;
}

/** The answer that the proxy wants to give. */
export interface PlainReply {
  readonly status: number;
  readonly body: string;
}

/** The answer that is given. */
export interface MappedReply extends PlainReply {
  /** For an answer with a body whose head says nothing of it. */
  readonly contentType: string;
}

/** What mapping a reply needs. */
export interface ReplyInput {
  readonly reply: PlainReply;
  /** The head of the answer, which the stream has as its response: the status and the headers of a mapper are written to it. */
  readonly head: HeaderTarget & { status: number };
  readonly moment: Pick<LogMoment, 'random' | 'runtime'>;
}

const PLAIN_TEXT = 'text/plain';

/** Rewrites an answer. As in Envoy, the headers of a mapper still see the old status, and the format of the body the new one. */
export function mapLocalReply(
  runtime: LocalReplyRuntime,
  stream: AnsweredStream,
  { reply, head, moment }: ReplyInput,
): MappedReply {
  stream.responseCode = reply.status;
  const asked: LogMoment = { ...moment, accessLogType: 'NotSet', localReplyBody: reply.body };
  const mapper = runtime.mappers.find(({ filter }) => filter.accepts(stream, asked));
  if (mapper !== undefined) applyHeaderMutations([mapper.headers], head, stream);
  const status = mapper?.status ?? reply.status;
  const body = mapper?.body ?? reply.body;
  stream.responseCode = status;
  head.status = status;
  const format = mapper?.format ?? runtime.format;
  if (format === undefined) return { status, body, contentType: PLAIN_TEXT };
  const text = format.formatter.format(stream, { accessLogType: 'NotSet', localReplyBody: body });
  return { status, body: text, contentType: format.contentType };
}
