/** Services outside of the mesh that extend it: tracers, log sinks, authorizers. */
import { type FieldPath, type Infer, type IssueReport, object, required, string } from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { checkAuthz, envoyExtAuthzGrpc, envoyExtAuthzHttp } from './extension-provider.authz.ts';
import { envoyFileAccessLog, envoyHttpAls, envoyOtelAls, envoyTcpAls, sds } from './extension-provider.logs.ts';
import { checkService } from './extension-provider.service.ts';
import {
  datadog,
  lightstep,
  opencensus,
  opentelemetry,
  skywalking,
  stackdriver,
  zipkin,
} from './extension-provider.tracing.ts';

/** The types of providers, by the member that holds their settings. */
const providers = {
  envoyExtAuthzHttp,
  envoyExtAuthzGrpc,
  zipkin,
  lightstep,
  datadog,
  stackdriver,
  opencensus,
  skywalking,
  opentelemetry,
  prometheus: object('Offers metrics for Prometheus to fetch.', {}),
  envoyFileAccessLog,
  envoyHttpAls,
  envoyTcpAls,
  envoyOtelAls,
  sds,
} as const;

/** Names of the types of providers. */
export const EXTENSION_PROVIDER_TYPES = Object.keys(providers) as readonly (keyof typeof providers)[];

/** A named extension of the mesh. */
export const extensionProvider = object(
  'A named extension of the mesh; exactly one type must be set.',
  { name: required(string('Name by which policies refer to the provider.')), ...providers },
  { rules: [atMostOneOf(...EXTENSION_PROVIDER_TYPES)] },
);

/** A named extension of the mesh. */
export type ExtensionProvider = Infer<typeof extensionProvider>;

/** Checks one provider. */
export function checkExtensionProvider(provider: ExtensionProvider, path: FieldPath, report: IssueReport): void {
  if (provider.name === '') report.required(path.child('name'), 'empty extension provider name');
  const type = EXTENSION_PROVIDER_TYPES.find((candidate) => provider[candidate] !== undefined);
  if (type === undefined) {
    report.required(path, `one of ${EXTENSION_PROVIDER_TYPES.join(', ')} must be set`);
    return;
  }
  const settings = provider[type]!;
  const at = path.child(type);
  if ('service' in settings && 'port' in settings) checkService(settings, at, report);
  if (provider.envoyExtAuthzHttp !== undefined) checkAuthz(provider.envoyExtAuthzHttp, at, report);
  if (provider.envoyExtAuthzGrpc !== undefined) checkAuthz(provider.envoyExtAuthzGrpc, at, report);
  if (provider.lightstep !== undefined && (provider.lightstep.accessToken ?? '') === '') {
    report.required(at.child('accessToken'), 'access token is required');
  }
}
