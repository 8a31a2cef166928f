import type { StreamView } from '../view/stream-view.ts';

/** When lines of access logs are written, in the order of envoy.data.accesslog.v3.AccessLogType. */
export const ACCESS_LOG_TYPES = [
  'NotSet',
  'TcpUpstreamConnected',
  'TcpPeriodic',
  'TcpConnectionEnd',
  'DownstreamStart',
  'DownstreamPeriodic',
  'DownstreamEnd',
  'UpstreamPoolReady',
  'UpstreamPeriodic',
  'UpstreamEnd',
  'DownstreamTunnelSuccessfullyEstablished',
  'UdpTunnelUpstreamConnected',
  'UdpPeriodic',
  'UdpSessionEnd',
  'TcpConnectionStart',
] as const;

/** When a line of an access log is written, as `%ACCESS_LOG_TYPE%` prints it. */
export type AccessLogType = (typeof ACCESS_LOG_TYPES)[number];

/** What a format may read that is not of the stream but of the moment. */
export interface FormatMoment {
  readonly accessLogType: AccessLogType;
  /** The text of the answer that the proxy gives itself; empty otherwise. */
  readonly localReplyBody: string;
}

/** No access log is written and nothing is answered, as where a header's value is made. */
export const NO_MOMENT: FormatMoment = Object.freeze({ accessLogType: 'NotSet', localReplyBody: '' });

/** What formats read of the process. */
export interface FormatSources {
  readonly hostname: string;
  /** The value of an environment variable; it is asked for while a format is compiled. */
  environment(name: string): string | undefined;
  /** Microseconds since 1970. */
  nowUs(): number;
  /** A random UUID. */
  uuid(): string;
}

/** What may stand in a line of JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One operator of a format, compiled. */
export interface FormatField {
  /** Undefined when there is no value. */
  readonly text: (view: StreamView, moment: FormatMoment) => string | undefined;
  /** The value with its type, for JSON; undefined when there is none. */
  readonly json: (view: StreamView, moment: FormatMoment) => JsonValue | undefined;
}

/** A compiled format. */
export interface Formatter {
  /** The text for a stream. */
  format(view: StreamView, moment?: FormatMoment): string;
}

/** A compiled SubstitutionFormatString. */
export interface SubstitutionFormat {
  readonly formatter: Formatter;
  /** What an answer of this format is, where nothing else says so. */
  readonly contentType: string;
}

/** How the text of a format is to come out. */
export interface FormatOptions {
  /** What stands for a value that is not there. */
  readonly empty: '-' | '';
  /**
   * The values of headers have one character for each byte. In a line of a log they become text again (UTF-8); where the result is a header
   * itself, they stay as they are.
   */
  readonly decodesHeaders: boolean;
}

/** For lines of logs and bodies of answers. */
export const LINE_OPTIONS: FormatOptions = Object.freeze({ empty: '-', decodesHeaders: true });

/** For lines where what is missing leaves nothing behind. */
export const BRIEF_LINE_OPTIONS: FormatOptions = Object.freeze({ empty: '', decodesHeaders: true });

/** For the values of headers. */
export const HEADER_OPTIONS: FormatOptions = Object.freeze({ empty: '', decodesHeaders: false });
