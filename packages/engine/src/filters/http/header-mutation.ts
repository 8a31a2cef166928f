import type { HeaderMutation as MutationMessage } from '@weft/proto/envoy/config/common/mutation_rules/v3/mutation_rules';
import type {
  HeaderMutation,
  HeaderMutationPerRoute,
  Mutations,
} from '@weft/proto/envoy/extensions/filters/http/header_mutation/v3/header_mutation';
import { compileList, isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import {
  compileHeaderMutations,
  type HeaderCompileContext,
  type HeaderMutations,
} from '../../headers/header-mutations.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';

const PACKAGE = 'envoy.extensions.filters.http.header_mutation.v3';

/** What is supported of the filter. */
export const HEADER_MUTATION_FILTER_SUPPORT = [
  supports<HeaderMutation>(`${PACKAGE}.HeaderMutation`, { mutations: true, mostSpecificHeaderMutationsWins: true }),
  supports<HeaderMutationPerRoute>(`${PACKAGE}.HeaderMutationPerRoute`, { mutations: true }),
  supports<Mutations>(`${PACKAGE}.Mutations`, {
    requestMutations: true,
    responseMutations: true,
    formatters: 'all operators that are supported are there always: leave it out',
    queryParameterMutations: 'use a path rewrite of the route',
    requestTrailersMutations: 'trailers of requests pass as they are',
    responseTrailersMutations: 'trailers of responses pass as they are',
  }),
  supports<MutationMessage>('envoy.config.common.mutation_rules.v3.HeaderMutation', {
    action: { remove: true, append: true, removeOnMatch: 'name each header: use remove' },
  }),
];

/** What one level changes. Each change is applied by itself, in order: it sees what those before it did. */
export interface MutationListRuntime {
  readonly request: readonly HeaderMutations[];
  readonly response: readonly HeaderMutations[];
}

/** A compiled filter. */
export interface HeaderMutationRuntime extends MutationListRuntime {
  /** Whether the levels of routes follow from the least specific to the most, so that this one has the last word. */
  readonly isMostSpecificLast: boolean;
}

/** Changes the headers of requests and responses. */
export const HEADER_MUTATION_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.header_mutation',
  typeName: `${PACKAGE}.HeaderMutation`,
  compile: (message, path, context): HeaderMutationRuntime | undefined => {
    const { mutations, mostSpecificHeaderMutationsWins: isMostSpecificLast } = message as HeaderMutation;
    const lists = compileMutations(mutations, `${path}.mutations`, context);
    return lists && Object.freeze({ ...lists, isMostSpecificLast });
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
  const compile = (messages: readonly MutationMessage[], name: string) =>
    compileList(messages, `${path}.${name}`, (mutation, at) => compileMutation(mutation, at, context));
  const request = compile(message?.requestMutations ?? [], 'request_mutations');
  const response = compile(message?.responseMutations ?? [], 'response_mutations');
  return request && response && Object.freeze({ request, response });
}

function compileMutation(
  { action }: MutationMessage,
  path: string,
  context: HeaderCompileContext,
): HeaderMutations | undefined {
  if (action.case === undefined) return isMissing(path, 'remove or append', context);
  if (action.case === 'removeOnMatch') return isMissing(path, 'remove or append', context);
  const [toAdd, toRemove] = action.case === 'append' ? [[action.value], []] : [[], [action.value]];
  const before = context.problems.count;
  // The lists have one entry: its place is that of the mutation.
  const compiled = compileHeaderMutations(
    toAdd,
    toRemove,
    { add: `${path}.append`, remove: `${path}.remove` },
    context,
  );
  return context.problems.count === before ? compiled : undefined;
}

/** The changes to make, in order: those of the filter, then those of each level of routes. */
export function headerMutationLevels(
  runtime: HeaderMutationRuntime,
  routeConfigs: readonly MutationListRuntime[],
  part: keyof MutationListRuntime,
): readonly HeaderMutations[] {
  if (routeConfigs.length === 0) return runtime[part];
  const levels = runtime.isMostSpecificLast ? routeConfigs.toReversed() : routeConfigs;
  return [runtime[part], ...levels.map((level) => level[part])].flat();
}
