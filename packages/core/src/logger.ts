import type { Clock } from './clock.ts';
import { thrownMessage } from './errors.ts';
import { formatLogJson, formatLogText, type LogFormat } from './log-format.ts';
import { LEVEL_RANK, type LogLevels, type MessageLevel } from './log-levels.ts';
import { createLogBudget, type LogBudget, type LogValue, toLogText, toLogValue } from './log-value.ts';

/** Named values that belong to a message; errors, dates and nested data are welcome. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A value, or a function that makes it only when the message is written. */
export type Lazy<T> = T | (() => T);

/** Writes the messages of one component of the program. */
export interface Logger {
  /** The component the levels are set for, such as `kube` or `kube.watch`. */
  readonly component: string;
  /** Tells whether a message of this level would be written; guards work that only a log line needs. */
  isEnabled(level: MessageLevel): boolean;
  debug(message: Lazy<string>, fields?: Lazy<LogFields>): void;
  info(message: Lazy<string>, fields?: Lazy<LogFields>): void;
  warning(message: Lazy<string>, fields?: Lazy<LogFields>): void;
  error(message: Lazy<string>, fields?: Lazy<LogFields>): void;
  /** A logger of the same component that adds these fields to every message. */
  child(fields: LogFields): Logger;
  /** A logger with the same bound fields for another component. */
  named(component: string): Logger;
}

/** What a logger needs to work. */
export interface LoggerOptions {
  readonly component: string;
  readonly levels: LogLevels;
  /** `text` for people, `json` for machines. */
  readonly format: 'text' | 'json';
  readonly clock: Clock;
  /** Takes one finished line with its line end; it must not throw, and bounds what it holds back. */
  readonly write: (line: string) => void;
}

/** Creates the program's logger; the loggers of all components are made from it with `named` and `child`. */
export function createLogger(options: LoggerOptions): Logger {
  const format = options.format === 'json' ? formatLogJson : formatLogText;
  return new LineLogger({ ...options, formatLine: format }, options.component, []);
}

/** A logger that writes nothing. */
export const noopLogger: Logger = Object.freeze({
  component: 'none',
  isEnabled: () => false,
  debug: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
  child: () => noopLogger,
  named: () => noopLogger,
});

type Sink = LoggerOptions & { readonly formatLine: LogFormat };

class LineLogger implements Logger {
  readonly component: string;
  readonly #sink: Sink;
  readonly #bound: readonly (readonly [string, unknown])[];
  /** The rank of this component's level as of `#seenVersion`, so that a disabled message costs two comparisons. */
  #rank = 0;
  #seenVersion = -1;

  constructor(sink: Sink, component: string, bound: readonly (readonly [string, unknown])[]) {
    this.component = component;
    this.#sink = sink;
    this.#bound = bound;
  }

  isEnabled(level: MessageLevel): boolean {
    const levels = this.#sink.levels;
    if (levels.version !== this.#seenVersion) {
      this.#rank = LEVEL_RANK[levels.levelOf(this.component)];
      this.#seenVersion = levels.version;
    }
    return LEVEL_RANK[level] >= this.#rank;
  }

  debug(message: Lazy<string>, fields?: Lazy<LogFields>): void {
    this.#log('debug', message, fields);
  }

  info(message: Lazy<string>, fields?: Lazy<LogFields>): void {
    this.#log('info', message, fields);
  }

  warning(message: Lazy<string>, fields?: Lazy<LogFields>): void {
    this.#log('warning', message, fields);
  }

  error(message: Lazy<string>, fields?: Lazy<LogFields>): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    // A field bound again replaces the older value.
    const merged = new Map([...this.#bound, ...Object.entries(fields)]);
    return new LineLogger(this.#sink, this.component, [...merged]);
  }

  named(component: string): Logger {
    return new LineLogger(this.#sink, component, this.#bound);
  }

  #log(level: MessageLevel, message: Lazy<string>, fields: Lazy<LogFields> | undefined): void {
    if (!this.isEnabled(level)) return;
    const sink = this.#sink;
    const budget = createLogBudget(this.isEnabled('debug'));
    const line = sink.formatLine({
      timeMs: sink.clock.now(),
      level,
      component: this.component,
      message: toLogText(
        evaluate(message, (failure) => failure),
        budget,
      ),
      fields: this.#collect(
        evaluate(fields ?? {}, (failure) => ({ logArgument: failure })),
        budget,
      ),
    });
    sink.write(`${line}\n`);
  }

  /** The message's own fields come first in the budget: bound ones are known from other messages. */
  #collect(fields: LogFields, budget: LogBudget): (readonly [string, LogValue])[] {
    const own = Object.entries(fields).map(([name, value]) => [name, toLogValue(name, value, budget)] as const);
    const bound = this.#bound
      .filter(([name]) => !Object.hasOwn(fields, name))
      .map(([name, value]) => [name, toLogValue(name, value, budget)] as const);
    return [...bound, ...own].map(([name, value]) => [name.slice(0, 128), value] as const);
  }
}

/** A thunk that fails must not stop the code that logs: the failure is logged in its place. */
function evaluate<T extends string | LogFields>(value: Lazy<T>, onFailure: (failure: string) => T | string): T {
  if (typeof value !== 'function') return value;
  try {
    return value();
  } catch (thrown) {
    return onFailure(`[log argument failed: ${thrownMessage(thrown)}]`) as T;
  }
}
