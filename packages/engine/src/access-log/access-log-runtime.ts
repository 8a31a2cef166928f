import type { FormatMoment, Formatter } from '../format/formatter.ts';
import type { RuntimeSource } from '../match/fraction.ts';
import type { StreamView } from '../view/stream-view.ts';

/** Where the lines of an access log go. */
export type AccessLogSink =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdout' }
  | { readonly kind: 'stderr' };

/** What access logs are asked with, beside the stream. */
export interface LogMoment extends FormatMoment {
  /** A random whole number of 53 bits, another one each time. */
  readonly random: () => number;
  /** The runtime layers of the bootstrap. */
  readonly runtime: RuntimeSource;
}

/** Whether a stream is logged; local replies are chosen by the same conditions. */
export interface LogFilter {
  accepts(view: StreamView, moment: LogMoment): boolean;
}

/** A compiled AccessLog. */
export interface AccessLogRuntime {
  /** The configured name. */
  readonly name: string;
  /** Undefined: everything is logged. */
  readonly filter: LogFilter | undefined;
  readonly formatter: Formatter;
  readonly sink: AccessLogSink;
}

/** When lines are written beside the one at the end of a stream. */
export interface AccessLogOptions {
  /** As long as a stream lasts, every so many milliseconds; undefined for never. */
  readonly periodMs: number | undefined;
  /** When a request has come. */
  readonly logsStart: boolean;
  /** When an upgrade or a CONNECT has been answered. */
  readonly logsTunnel: boolean;
}

/** The text to write for a stream, with its line break if the format has one; undefined when the filter leaves the stream out. */
export function logLine(log: AccessLogRuntime, view: StreamView, moment: LogMoment): string | undefined {
  if (log.filter !== undefined && !log.filter.accepts(view, moment)) return undefined;
  return log.formatter.format(view, moment);
}
