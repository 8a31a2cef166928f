import type {
  HeaderMutation,
  HeaderMutationPerRoute,
  Mutations,
} from '@weft/proto/envoy/extensions/filters/http/header_mutation/v3/header_mutation';
import { supports } from '../../compile/support.ts';
import type { HeaderCompileContext } from '../../headers/header-mutations.ts';
import {
  applyMutationSteps,
  compileMutationSteps,
  type MutationStep,
  type StepTarget,
} from '../../headers/mutation-steps.ts';
import {
  compileQueryMutations,
  mutateQuery,
  QUERY_MUTATION_SUPPORT,
  type QueryMutation,
} from '../../headers/query-mutations.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import type { StreamView } from '../../view/stream-view.ts';

const PACKAGE = 'envoy.extensions.filters.http.header_mutation.v3';

/** What is supported of the filter. */
export const HEADER_MUTATION_FILTER_SUPPORT = [
  supports<HeaderMutation>(`${PACKAGE}.HeaderMutation`, { mutations: true, mostSpecificHeaderMutationsWins: true }),
  supports<HeaderMutationPerRoute>(`${PACKAGE}.HeaderMutationPerRoute`, { mutations: true }),
  supports<Mutations>(`${PACKAGE}.Mutations`, {
    requestMutations: true,
    responseMutations: true,
    formatters: 'all operators that are supported are there always: leave it out',
    queryParameterMutations: true,
    requestTrailersMutations: true,
    responseTrailersMutations: true,
  }),
  ...QUERY_MUTATION_SUPPORT,
];

/** What one level changes. */
export interface MutationListRuntime {
  readonly request: readonly MutationStep[];
  /** Applied after `request`. */
  readonly query: readonly QueryMutation[];
  readonly requestTrailers: readonly MutationStep[];
  readonly response: readonly MutationStep[];
  readonly responseTrailers: readonly MutationStep[];
}

/** A compiled filter. */
export interface HeaderMutationRuntime {
  /** The list of the filter itself, alone. */
  readonly own: readonly [MutationListRuntime];
  /** Whether the levels of routes follow from the least specific to the most, so that this one has the last word. */
  readonly isMostSpecificLast: boolean;
}

/** Changes the headers and trailers of requests and responses, and the queries of requests. */
export const HEADER_MUTATION_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.header_mutation',
  typeName: `${PACKAGE}.HeaderMutation`,
  compile: (message, path, context): HeaderMutationRuntime | undefined => {
    const { mutations, mostSpecificHeaderMutationsWins: isMostSpecificLast } = message as HeaderMutation;
    const list = compileMutations(mutations, `${path}.mutations`, context);
    return list && Object.freeze({ own: [list] as const, isMostSpecificLast });
  },
  route: {
    typeName: `${PACKAGE}.HeaderMutationPerRoute`,
    compile: (message, path, context) => {
      const { mutations } = message as HeaderMutationPerRoute;
      return compileMutations(mutations, `${path}.mutations`, context);
    },
  },
};

function compileMutations(
  message: Mutations | undefined,
  path: string,
  context: HeaderCompileContext,
): MutationListRuntime | undefined {
  const compile = (messages: Mutations['requestMutations'] | undefined, name: string) =>
    compileMutationSteps(messages ?? [], `${path}.${name}`, context);
  const request = compile(message?.requestMutations, 'request_mutations');
  const requestTrailers = compile(message?.requestTrailersMutations, 'request_trailers_mutations');
  const response = compile(message?.responseMutations, 'response_mutations');
  const responseTrailers = compile(message?.responseTrailersMutations, 'response_trailers_mutations');
  const at = `${path}.query_parameter_mutations`;
  const query = compileQueryMutations(message?.queryParameterMutations ?? [], at, context);
  if (request === undefined || requestTrailers === undefined || query === undefined) return undefined;
  if (response === undefined || responseTrailers === undefined) return undefined;
  return Object.freeze({ request, query, requestTrailers, response, responseTrailers });
}

/** The lists to go by, in order: that of the filter, then those of each level of routes. */
export function mutationLists(
  { own, isMostSpecificLast }: HeaderMutationRuntime,
  routeConfigs: readonly MutationListRuntime[],
): readonly MutationListRuntime[] {
  if (routeConfigs.length === 0) return own;
  return [...own, ...(isMostSpecificLast ? routeConfigs.toReversed() : routeConfigs)];
}

/** A request whose head can be changed. */
export interface MutableRequest extends StepTarget {
  path: string;
}

/** Changes the head of a request: of each list its headers, then its query. */
export function mutateRequest(lists: readonly MutationListRuntime[], head: MutableRequest, view: StreamView): void {
  for (let i = 0; i < lists.length; i += 1) {
    const { request, query } = lists[i]!;
    applyMutationSteps(request, head, view);
    if (query.length > 0) head.path = mutateQuery(query, head.path, view);
  }
}

/** Changes what else has fields. */
export function mutateFields(
  lists: readonly MutationListRuntime[],
  part: 'response' | 'requestTrailers' | 'responseTrailers',
  fields: StepTarget,
  view: StreamView,
): void {
  for (let i = 0; i < lists.length; i += 1) applyMutationSteps(lists[i]![part], fields, view);
}
