import { LOG_FILTER_EXTENSIONS } from '../access-log/filters/extension.ts';
import { ACCESS_LOGGERS } from '../access-log/loggers.ts';
import { PROTOCOL_OPTIONS } from '../cluster/cluster.ts';
import { DNS_RESOLVERS } from '../cluster/dns.ts';
import { LB_POLICIES } from '../cluster/lb-extensions.ts';
import { FORMATTERS } from '../format/substitution-format.ts';
import { REQUEST_ID_EXTENSIONS } from '../http/connection-manager.ts';
import { HTTP_FILTERS, UPSTREAM_HTTP_FILTERS } from '../http/http-filters.ts';
import { IP_DETECTIONS } from '../http/ip-detection.ts';
import { HEADER_FORMATTERS } from '../http/protocol-options.ts';
import { LISTENER_FILTERS } from '../listener/listener-filters.ts';
import { NETWORK_FILTERS } from '../listener/network-filters.ts';
import { DOWNSTREAM_TRANSPORTS } from '../tls/downstream-transports.ts';
import { UPSTREAM_TRANSPORTS } from '../tls/upstream-transports.ts';
import { CERT_VALIDATORS } from '../tls/validation.ts';
import { BOOTSTRAP_EXTENSIONS, REGEX_ENGINES } from './bootstrap/bootstrap.ts';
import { RESOURCE_MONITORS } from './bootstrap/overload.ts';
import type { ExtensionCategory } from './extension-category.ts';

/** Every category of extensions, in the order of the documentation. */
export const ALL_CATEGORIES: readonly ExtensionCategory<unknown>[] = [
  LISTENER_FILTERS,
  NETWORK_FILTERS,
  HTTP_FILTERS,
  UPSTREAM_HTTP_FILTERS,
  ACCESS_LOGGERS,
  LOG_FILTER_EXTENSIONS,
  FORMATTERS,
  DOWNSTREAM_TRANSPORTS,
  UPSTREAM_TRANSPORTS,
  CERT_VALIDATORS,
  LB_POLICIES,
  PROTOCOL_OPTIONS,
  DNS_RESOLVERS,
  HEADER_FORMATTERS,
  REQUEST_ID_EXTENSIONS,
  IP_DETECTIONS,
  BOOTSTRAP_EXTENSIONS,
  REGEX_ENGINES,
  RESOURCE_MONITORS,
];
