/** Changes headers of requests and responses (envoy.filters.http.header_mutation). */
import {
  applyHeaderMutations,
  type HeaderMutationRuntime,
  headerMutationLevels,
  type MutationListRuntime,
} from '@weft/engine';
import type { RequestHead, ResponseHead } from '../../http/head.ts';
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
    const configs = this.#stream.routeConfigs as readonly MutationListRuntime[];
    applyHeaderMutations(headerMutationLevels(this.#runtime, configs, 'request'), head, this.#stream.view);
    return FilterStatus.next;
  }

  onResponseHead(head: ResponseHead): FilterStatus {
    const configs = this.#stream.routeConfigs as readonly MutationListRuntime[];
    applyHeaderMutations(headerMutationLevels(this.#runtime, configs, 'response'), head, this.#stream.view);
    return FilterStatus.next;
  }
}
