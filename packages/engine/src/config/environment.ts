import type { ResolverRuntime } from '../cluster/resolver-runtime.ts';
import type { DataContext } from '../compile/data-source.ts';
import { Problems } from '../compile/problems.ts';
import { headerFormats } from '../format/compile-format.ts';
import type { FormatSources } from '../format/formatter.ts';
import { compileSubstitutionFormat } from '../format/substitution-format.ts';
import { ROUTE_FILTERS } from '../http/http-filters.ts';
import type { RuntimeSource } from '../match/fraction.ts';
import { compileRouteMatcher } from '../matcher/route-matcher.ts';
import { ALL_SUPPORT } from './all-support.ts';
import type { ConfigContext, ResourceNeed } from './config-context.ts';
import { indexSupport, type SupportIndex } from './support-index.ts';
import { innerTypeOf, unpackAny } from './unpack.ts';

/** What the engine is given from outside. */
export interface ConfigSources {
  /** Reads files and environment variables. */
  readonly loadData: DataContext['loadData'];
  /** What formats of headers and logs read of the process. */
  readonly formats: FormatSources;
}

/** What resources are compiled with. */
export interface ConfigEnvironment extends ConfigSources {
  /** The merged runtime layers of the bootstrap. */
  readonly runtime: RuntimeSource;
  /** Who resolves the names of clusters that do not say it; the servers of the host without. */
  readonly defaultResolver?: ResolverRuntime | undefined;
}

let supportIndex: SupportIndex | undefined;

/** The index of all tables; made on first use, since not every program compiles configurations. */
export function allSupport(): SupportIndex {
  supportIndex ??= indexSupport(ALL_SUPPORT);
  return supportIndex;
}

/** A context for one resource. */
export function createConfigContext({ loadData, formats, runtime, defaultResolver }: ConfigEnvironment): ConfigContext {
  const problems = new Problems();
  const index = allSupport();
  const maxProgramSize = runtime.integer('re2.max_program_size.error_level');
  const needs: ResourceNeed[] = [];
  const context: ConfigContext = {
    problems,
    needs,
    requiredClusters: new Set(),
    requiredSecrets: [],
    regexLimits: maxProgramSize === undefined ? undefined : { maxProgramSize },
    loadData,
    routeFilters: ROUTE_FILTERS,
    compileFormat: headerFormats(formats),
    formats,
    defaultResolver,
    compileMatcher: compileRouteMatcher,
    unpack: (any, path) => unpackAny(any, path, index, problems),
    typeNameIn: innerTypeOf,
    compileBodyFormat: (format, path) => compileSubstitutionFormat(format, path, context),
  };
  return context;
}
