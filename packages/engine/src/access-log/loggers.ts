/** The kinds of access logs: files and the streams of the process. */
import type { SubstitutionFormatString } from '@weft/proto/envoy/config/core/v3/substitution_format_string';
import type { FileAccessLog } from '@weft/proto/envoy/extensions/access_loggers/file/v3/file';
import type { StderrAccessLog, StdoutAccessLog } from '@weft/proto/envoy/extensions/access_loggers/stream/v3/stream';
import { valueOrReport } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { ExtensionCategory, ExtensionCompiler } from '../config/extension-category.ts';
import { compileFormat } from '../format/compile-format.ts';
import { DEFAULT_LOG_FORMAT } from '../format/default-format.ts';
import type { Formatter } from '../format/formatter.ts';
import { compileJsonFormat } from '../format/json-format.ts';
import { compileSubstitutionFormat, SUBSTITUTION_FORMAT_SUPPORT } from '../format/substitution-format.ts';
import type { AccessLogRuntime } from './access-log-runtime.ts';

type LoggerRuntime = Pick<AccessLogRuntime, 'formatter' | 'sink'>;

/** What is supported of loggers. */
export const LOGGER_SUPPORT = [
  supports<FileAccessLog>('envoy.extensions.access_loggers.file.v3.FileAccessLog', {
    path: true,
    accessLogFormat: { format: true, jsonFormat: true, typedJsonFormat: true, logFormat: true },
  }),
  supports<StdoutAccessLog>('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    accessLogFormat: { logFormat: true },
  }),
  supports<StderrAccessLog>('envoy.extensions.access_loggers.stream.v3.StderrAccessLog', {
    accessLogFormat: { logFormat: true },
  }),
  ...SUBSTITUTION_FORMAT_SUPPORT,
];

const FILE: ExtensionCompiler<LoggerRuntime> = {
  name: 'envoy.access_loggers.file',
  typeName: 'envoy.extensions.access_loggers.file.v3.FileAccessLog',
  compile: (message, path, context) => compileFileLog(message as FileAccessLog, path, context),
};

const STDOUT = streamLogger('stdout', 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog');
const STDERR = streamLogger('stderr', 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog');

const WRITE_LINES = 'log to stdout, stderr or a file, and let a collector read that';

/** All access loggers. */
export const ACCESS_LOGGERS: ExtensionCategory<LoggerRuntime> = {
  name: 'envoy.access_loggers',
  what: 'access logger',
  supported: [FILE, STDOUT, STDERR],
  refused: {
    'envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig': WRITE_LINES,
    'envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig': WRITE_LINES,
    'envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig': WRITE_LINES,
    'envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig': WRITE_LINES,
    'envoy.extensions.access_loggers.wasm.v3.WasmAccessLog': 'WebAssembly is not run',
  },
};

function streamLogger(kind: 'stdout' | 'stderr', typeName: string): ExtensionCompiler<LoggerRuntime> {
  return {
    name: `envoy.access_loggers.${kind}`,
    typeName,
    compile: (message, path, context) => {
      const { accessLogFormat: given } = message as StdoutAccessLog | StderrAccessLog;
      const formatter = formatterOf(given.value, path, context);
      return formatter && { formatter, sink: { kind } };
    },
  };
}

function compileFileLog(message: FileAccessLog, path: string, context: ConfigContext): LoggerRuntime | undefined {
  const formatter = fileFormatter(message, path, context);
  return formatter && { formatter, sink: { kind: 'file', path: message.path } };
}

function fileFormatter(
  { accessLogFormat: given }: FileAccessLog,
  path: string,
  context: ConfigContext,
): Formatter | undefined {
  switch (given.case) {
    case 'format':
      return valueOrReport(compileFormat(given.value, `${path}.format`, context.formats), context);
    // The two deprecated forms differ from each other in Envoy's documentation only.
    case 'jsonFormat':
    case 'typedJsonFormat': {
      const at = `${path}.${given.case === 'jsonFormat' ? 'json_format' : 'typed_json_format'}`;
      return valueOrReport(compileJsonFormat(given.value, at, context.formats, { omitsEmpty: false }), context);
    }
    case 'logFormat':
    case undefined:
      return formatterOf(given.value, path, context);
  }
}

function formatterOf(
  format: SubstitutionFormatString | undefined,
  path: string,
  context: ConfigContext,
): Formatter | undefined {
  if (format === undefined) return valueOrReport(compileFormat(DEFAULT_LOG_FORMAT, path, context.formats), context);
  return compileSubstitutionFormat(format, `${path}.log_format`, context)?.formatter;
}
