import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import type { ResolverRuntime } from '../cluster/resolver-runtime.ts';
import type { AnyMessage } from '../compile/context.ts';
import type { FormatSources } from '../format/formatter.ts';
import type { RouteCompileContext } from '../route/context.ts';

/** Another resource that one needs, and where to get it. */
export interface ResourceNeed {
  readonly typeName: string;
  readonly name: string;
  readonly source: ConfigSource;
}

/** What a secret may be. */
export type SecretKind = 'certificate' | 'validation' | 'ticketKeys' | 'generic';

/** A secret of the bootstrap, and what it has to be. */
export interface SecretReference {
  readonly name: string;
  readonly kind: SecretKind;
}

/** What compiling a resource of any type needs; `needs` collects what the resource refers to. */
export interface ConfigContext extends RouteCompileContext {
  readonly needs: ResourceNeed[];
  /** Collects the clusters that have to exist. */
  readonly requiredClusters: Set<string>;
  /** Collects the secrets that the bootstrap has to have. */
  readonly requiredSecrets: SecretReference[];
  /** What formats of headers and logs read of the process. */
  readonly formats: FormatSources;
  /** Who resolves the names of clusters that do not say it; undefined for the servers of the host. */
  readonly defaultResolver: ResolverRuntime | undefined;
  /** The type of what an Any holds, within a `TypedStruct` too. */
  typeNameIn(any: AnyMessage): string;
}
