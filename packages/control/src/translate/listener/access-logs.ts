/** Access logs as the settings of the mesh ask for them. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { AccessLogFilterJson, AccessLogJson } from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import type { TypedExtensionConfigJson } from '@weft/proto/envoy/config/core/v3/extension';
import type { SubstitutionFormatStringJson } from '@weft/proto/envoy/config/core/v3/substitution_format_string';
import type { MeshSettings } from '../../mesh/model/index.ts';
import type { TranslationInput } from '../input.ts';
import { defined } from '../json/defined.ts';
import { typed } from '../json/typed-config.ts';

/** The line that Istio's proxies write: dashboards and eyes are used to it. */
export const DEFAULT_TEXT_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" ' +
  '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ' +
  '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% ' +
  '%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n';

/** The members that Istio's proxies write when logs are JSON. */
const DEFAULT_JSON_FORMAT: Readonly<Record<string, string>> = Object.freeze({
  start_time: '%START_TIME%',
  route_name: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
});

/** Operators that Envoy knows only when their extension is named. */
const FORMATTERS: readonly (readonly [mark: string, formatter: TypedExtensionConfigJson])[] = [
  [
    '%REQ_WITHOUT_QUERY(',
    {
      name: 'envoy.formatter.req_without_query',
      typedConfig: typed('envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery', {}),
    },
  ],
  [
    '%METADATA(',
    {
      name: 'envoy.formatter.metadata',
      typedConfig: typed('envoy.extensions.formatter.metadata.v3.Metadata', {}),
    },
  ],
];

/** Connections that no filter chain took are logged by the listener, since nobody else can. */
const NO_ROUTE: AccessLogFilterJson = { responseFlagFilter: { flags: ['NR'] } };

/** What streams and connections are logged to; shared by all proxies. */
export function accessLogs({ snapshot: { settings }, memo }: TranslationInput): AccessLogJson[] {
  return memo.get('accessLogs', [settings], () => fileLog(settings));
}

/** What the listener itself logs. */
export function listenerAccessLogs({ snapshot: { settings }, memo }: TranslationInput): AccessLogJson[] {
  return memo.get('listenerAccessLogs', [settings], () =>
    settings.config.disableEnvoyListenerLog === true ? [] : fileLog(settings, NO_ROUTE),
  );
}

function fileLog({ config }: MeshSettings, filter?: AccessLogFilterJson): AccessLogJson[] {
  const { accessLogFile: path = '', accessLogFormat: format = '', accessLogEncoding } = config;
  if (path === '') return [];
  const logFormat = accessLogEncoding === 'JSON' ? jsonFormat(format) : textFormat(format);
  const typedConfig = typed('envoy.extensions.access_loggers.file.v3.FileAccessLog', { path, logFormat });
  return [defined({ name: 'envoy.access_loggers.file', filter, typedConfig })];
}

function textFormat(format: string): SubstitutionFormatStringJson {
  const line = format === '' ? DEFAULT_TEXT_FORMAT : format.endsWith('\n') ? format : `${format}\n`;
  return withFormatters({ textFormatSource: { inlineString: line } }, line);
}

/** A format that is no JSON is not used: the settings of the mesh are checked where they are read. */
function jsonFormat(format: string): SubstitutionFormatStringJson {
  let jsonFormat: JsonObject = DEFAULT_JSON_FORMAT;
  if (format !== '') {
    try {
      jsonFormat = JSON.parse(format) as JsonObject;
    } catch {
      return { jsonFormat };
    }
  }
  return withFormatters({ jsonFormat }, format);
}

function withFormatters(format: SubstitutionFormatStringJson, text: string): SubstitutionFormatStringJson {
  const formatters = FORMATTERS.filter(([mark]) => text.includes(mark)).map(([, formatter]) => formatter);
  return formatters.length === 0 ? format : { ...format, formatters };
}
