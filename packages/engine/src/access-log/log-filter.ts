/** AccessLogFilter: which streams are logged, and which local replies a mapper takes. */
import type {
  AccessLogFilter,
  AndFilter,
  HeaderFilter,
  NotHealthCheckFilter,
  OrFilter,
  TraceableFilter,
} from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import { compileHeaderMessage } from '../compile/matchers/header-matcher.ts';
import { compileList, isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { HeaderSource } from '../match/header-matcher.ts';
import type { LogFilter } from './access-log-runtime.ts';
import { COMPARISON_SUPPORT, compileDurationFilter, compileStatusCodeFilter } from './filters/comparison.ts';
import { compileExtensionFilter, EXTENSION_FILTER_SUPPORT } from './filters/extension.ts';
import { compileMetadataFilter, METADATA_FILTER_SUPPORT } from './filters/metadata.ts';
import { compileRuntimeFilter, RUNTIME_FILTER_SUPPORT } from './filters/runtime.ts';
import {
  compileGrpcStatusFilter,
  compileLogTypeFilter,
  compileResponseFlagFilter,
  SELECTION_SUPPORT,
} from './filters/selection.ts';

/** What is supported of filters. */
export const LOG_FILTER_SUPPORT = [
  supports<AccessLogFilter>('envoy.config.accesslog.v3.AccessLogFilter', {
    filterSpecifier: {
      statusCodeFilter: true,
      durationFilter: true,
      notHealthCheckFilter: true,
      traceableFilter: true,
      runtimeFilter: true,
      andFilter: true,
      orFilter: true,
      headerFilter: true,
      responseFlagFilter: true,
      grpcStatusFilter: true,
      extensionFilter: true,
      metadataFilter: true,
      logTypeFilter: true,
    },
  }),
  supports<NotHealthCheckFilter>('envoy.config.accesslog.v3.NotHealthCheckFilter', {}),
  supports<TraceableFilter>('envoy.config.accesslog.v3.TraceableFilter', {}),
  supports<AndFilter>('envoy.config.accesslog.v3.AndFilter', { filters: true }),
  supports<OrFilter>('envoy.config.accesslog.v3.OrFilter', { filters: true }),
  supports<HeaderFilter>('envoy.config.accesslog.v3.HeaderFilter', { header: true }),
  ...COMPARISON_SUPPORT,
  ...RUNTIME_FILTER_SUPPORT,
  ...SELECTION_SUPPORT,
  ...METADATA_FILTER_SUPPORT,
  ...EXTENSION_FILTER_SUPPORT,
];

const NO_HEADERS: HeaderSource = Object.freeze({ get: () => undefined });

const NOT_HEALTH_CHECK: LogFilter = { accepts: ({ isHealthCheck }) => isHealthCheck !== true };

/** What is traced has a span, and with it an id. */
const TRACEABLE: LogFilter = { accepts: ({ traceId }) => traceId !== undefined && traceId !== '' };

/** Compiles a filter; undefined when there was a problem. Messages are decoded to a bounded depth, so the recursion is bounded too. */
export function compileLogFilter(
  { filterSpecifier: given }: AccessLogFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  switch (given.case) {
    case 'statusCodeFilter':
      return compileStatusCodeFilter(given.value, `${path}.status_code_filter`, context);
    case 'durationFilter':
      return compileDurationFilter(given.value, `${path}.duration_filter`, context);
    case 'notHealthCheckFilter':
      return NOT_HEALTH_CHECK;
    case 'traceableFilter':
      return TRACEABLE;
    case 'runtimeFilter':
      return compileRuntimeFilter(given.value, `${path}.runtime_filter`, context);
    case 'andFilter': {
      const all = compileAll(given.value.filters, `${path}.and_filter`, context);
      return all && { accepts: (view, moment) => all.every((each) => each.accepts(view, moment)) };
    }
    case 'orFilter': {
      const any = compileAll(given.value.filters, `${path}.or_filter`, context);
      return any && { accepts: (view, moment) => any.some((each) => each.accepts(view, moment)) };
    }
    case 'headerFilter':
      return compileHeaderFilter(given.value, `${path}.header_filter`, context);
    case 'responseFlagFilter':
      return compileResponseFlagFilter(given.value, `${path}.response_flag_filter`, context);
    case 'grpcStatusFilter':
      return compileGrpcStatusFilter(given.value);
    case 'extensionFilter':
      return compileExtensionFilter(given.value, `${path}.extension_filter`, context);
    case 'metadataFilter':
      return compileMetadataFilter(given.value, `${path}.metadata_filter`, context);
    case 'logTypeFilter':
      return compileLogTypeFilter(given.value);
    case undefined:
      return isMissing(path, 'one of the filters', context);
  }
}

function compileAll(
  filters: readonly AccessLogFilter[],
  path: string,
  context: ConfigContext,
): readonly LogFilter[] | undefined {
  return compileList(filters, `${path}.filters`, (each, at) => compileLogFilter(each, at, context));
}

function compileHeaderFilter({ header }: HeaderFilter, path: string, context: ConfigContext): LogFilter | undefined {
  if (header === undefined) return isMissing(path, 'header', context);
  const matcher = compileHeaderMessage(header, `${path}.header`, context);
  return matcher && { accepts: ({ request }) => matcher.matches(request ?? NO_HEADERS) };
}
