import type { MetadataSource } from '../../match/metadata-matcher.ts';
import {
  ANY_CERTIFICATE,
  addressView,
  connectionView,
  type RequestSpec,
  requestView,
} from '../../route/test-support/views.ts';
import type { ConnectionView } from '../../view/connection-view.ts';
import type { MatchView } from '../../view/match-view.ts';
import type { CertificateView } from '../../view/tls-view.ts';

/** What a test says of a stream. */
export interface ViewSpec {
  /** Undefined for a connection without HTTP. */
  readonly request?: RequestSpec | undefined;
  readonly connection?: Partial<ConnectionView>;
  /** The certificate of the client; without one the connection is not by TLS. */
  readonly peer?: Partial<CertificateView>;
  /** The client's address, if that is not the peer's. */
  readonly remote?: string;
  readonly dynamicMetadata?: MetadataSource;
  readonly routeMetadata?: MetadataSource;
  readonly filterState?: Readonly<Record<string, string>>;
}

/** A stream as policies see it. */
export function matchView(spec: ViewSpec = {}): MatchView {
  const tls = spec.peer && { peer: { ...ANY_CERTIFICATE, ...spec.peer }, isPeerValidated: true };
  const connection = { ...connectionView(tls), ...spec.connection };
  const request = 'request' in spec && spec.request === undefined ? undefined : requestView(spec.request);
  return {
    connection,
    request,
    response: undefined,
    remote: spec.remote === undefined ? connection.remote : addressView(spec.remote, 1234),
    dynamicMetadata: spec.dynamicMetadata ?? {},
    ...(spec.routeMetadata === undefined ? {} : { routeMetadata: spec.routeMetadata }),
    filterState: (key) => spec.filterState?.[key],
  };
}
