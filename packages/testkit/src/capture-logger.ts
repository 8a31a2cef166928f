import { type Clock, createLogger, type Logger, LogLevels, type MessageLevel, systemClock } from '@weft/core';

/** A log message as it was written, after redaction. */
export interface CapturedRecord {
  readonly level: MessageLevel;
  readonly component: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger and what it wrote. */
export interface CapturedLog {
  readonly logger: Logger;
  readonly levels: LogLevels;
  readonly records: readonly CapturedRecord[];
  /** The messages at one level, or all of them. */
  messages(level?: MessageLevel): string[];
  clear(): void;
}

/** The settings a test may care about. */
export interface CaptureLoggerOptions {
  readonly component?: string;
  /** As for `WEFT_LOG`; everything unless given. */
  readonly levels?: string;
  readonly clock?: Clock;
}

/** A logger that keeps its messages for the test to look at; they pass through the real formatting and redaction. */
export function captureLogger(options: CaptureLoggerOptions = {}): CapturedLog {
  const records: CapturedRecord[] = [];
  const levels = new LogLevels(options.levels ?? 'debug');
  const logger = createLogger({
    component: options.component ?? 'test',
    levels,
    format: 'json',
    clock: options.clock ?? systemClock,
    write: (line) => {
      const { time: _time, level, component, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
      records.push({ level, component, message, fields } as CapturedRecord);
    },
  });
  return {
    logger,
    levels,
    records,
    messages: (level) => records.filter((r) => level === undefined || r.level === level).map((r) => r.message),
    clear: () => {
      records.length = 0;
    },
  };
}
