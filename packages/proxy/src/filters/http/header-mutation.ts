/** Changes headers and trailers of requests and responses, and queries of requests (envoy.filters.http.header_mutation). */
import {
  type HeaderMutationRuntime,
  type MutationListRuntime,
  mutateFields,
  mutateRequest,
  mutationLists,
} from '@weft/engine';
import type { FieldList, RequestHead, ResponseHead } from '../../http/head.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

/** See the file's head. */
export const HEADER_MUTATION: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
  create: ({ name, isDisabled, config }) => ({
    name,
    isDisabled,
    create: (stream) => new HeaderMutationFilter(stream, config as HeaderMutationRuntime),
  }),
};

class HeaderMutationFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #runtime: HeaderMutationRuntime;

  constructor(stream: FilterStream, runtime: HeaderMutationRuntime) {
    this.#stream = stream;
    this.#runtime = runtime;
  }

  onRequestHead(head: RequestHead): FilterStatus {
    mutateRequest(this.#lists(), head, this.#stream.view);
    return FilterStatus.next;
  }

  onRequestTrailers(trailers: FieldList): FilterStatus {
    mutateFields(this.#lists(), 'requestTrailers', trailers, this.#stream.view);
    return FilterStatus.next;
  }

  onResponseHead(head: ResponseHead): FilterStatus {
    mutateFields(this.#lists(), 'response', head, this.#stream.view);
    return FilterStatus.next;
  }

  onResponseTrailers(trailers: FieldList): FilterStatus {
    mutateFields(this.#lists(), 'responseTrailers', trailers, this.#stream.view);
    return FilterStatus.next;
  }

  /** Anew each time: the route may have become another one meanwhile. */
  #lists(): readonly MutationListRuntime[] {
    return mutationLists(this.#runtime, this.#stream.routeConfigs as readonly MutationListRuntime[]);
  }
}
