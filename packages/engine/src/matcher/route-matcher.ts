import type { CompileRouteMatcher } from '../route/context.ts';
import type { RouteInput } from '../route/route-input.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { MatchView } from '../view/match-view.ts';
import type { RequestView } from '../view/request-view.ts';
import { HTTP_INPUTS } from './inputs/all.ts';
import { compileMatcherTree } from './matcher-tree.ts';

/** Compiles the matcher of a virtual host. */
export const compileRouteMatcher: CompileRouteMatcher = (message, compileAction, path, context) => {
  const tree = compileMatcherTree(message, { inputs: HTTP_INPUTS, compileAction }, path, context);
  return (
    tree && {
      find: (request, connection, input, trace) => tree.find(viewOf(request, connection, input), trace),
    }
  );
};

/** There is no stream yet when its route is chosen. */
function viewOf(request: RequestView, connection: ConnectionView, input: RouteInput): MatchView {
  return {
    connection,
    request,
    response: undefined,
    remote: connection.remote,
    dynamicMetadata: input.dynamicMetadata,
    filterState: (key) => input.filterState(key),
  };
}
