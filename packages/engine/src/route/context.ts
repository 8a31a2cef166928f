import type { SubstitutionFormatString } from '@weft/proto/envoy/config/core/v3/substitution_format_string';
import type { Matcher } from '@weft/proto/xds/type/matcher/v3/matcher';
import type { CompileContext, TypedMessage } from '../compile/context.ts';
import type { DataContext } from '../compile/data-source.ts';
import type { SubstitutionFormat } from '../format/formatter.ts';
import type { HeaderCompileContext } from '../headers/header-mutations.ts';
import type { Trace } from '../trace/trace.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { RequestView } from '../view/request-view.ts';
import type { ExtensionMessage } from './extension.ts';
import type { RouteInput } from './route-input.ts';

/** Compiles what a route may say to one HTTP filter. */
export interface RouteFilterCompiler {
  /** The message's type: `envoy.extensions.filters.http.cors.v3.CorsPolicy`. */
  readonly typeName: string;
  /** The compiled configuration; undefined when a problem was reported. */
  compile(message: TypedMessage, path: string, context: RouteCompileContext): unknown;
}

/** A compiled matcher tree whose leaves are of type A. */
export interface RouteMatcher<A> {
  find(request: RequestView, connection: ConnectionView, input: RouteInput, trace?: Trace): A | undefined;
}

/** Compiles a matcher tree; undefined when a problem was reported. */
export type CompileRouteMatcher = <A>(
  message: Matcher,
  compileAction: (action: ExtensionMessage, path: string) => A | undefined,
  path: string,
  context: CompileContext,
) => RouteMatcher<A> | undefined;

/** What compiling a route configuration needs. */
export interface RouteCompileContext extends HeaderCompileContext, DataContext {
  /** Which filters take configuration from routes. */
  readonly routeFilters: readonly RouteFilterCompiler[];
  readonly compileMatcher: CompileRouteMatcher;
  /** Compiles the format of a body; undefined when a problem was reported. */
  readonly compileBodyFormat: (message: SubstitutionFormatString, path: string) => SubstitutionFormat | undefined;
}
