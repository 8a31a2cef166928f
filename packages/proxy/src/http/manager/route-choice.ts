/** The route of one stream: decided when it is first asked for, and anew when a filter has changed what it depends on. */
import {
  type ClusterPick,
  findRoute,
  pickCluster,
  type RouteConfigRuntime,
  type RouteDecision,
  type RouteInput,
} from '@weft/engine';
import type { HttpFilterFactory } from '../../filters/http/filter.ts';
import type { StreamRecord } from './stream-record.ts';

const NO_ROUTE: RouteDecision = Object.freeze({ kind: 'none', virtualHost: undefined, route: undefined });
const NO_CONFIGS: readonly unknown[] = [];

/** The stream whose route it is. */
export type RouteSubject = StreamRecord &
  RouteInput & {
    readonly services: { readonly routes: () => RouteConfigRuntime | undefined };
  };

/** See the file's head. */
export class RouteChoice {
  readonly #stream: RouteSubject;
  #decision: RouteDecision | undefined;
  #pick: ClusterPick | undefined;
  #isPicked = false;

  constructor(stream: RouteSubject) {
    this.#stream = stream;
  }

  /** Which route takes the request. */
  get decision(): RouteDecision {
    this.#decision ??= this.#decide();
    return this.#decision;
  }

  /** Which cluster the request goes to; undefined when it has no route that forwards. */
  get pick(): ClusterPick | undefined {
    if (this.#isPicked) return this.#pick;
    this.#isPicked = true;
    const { decision } = this;
    const { request } = this.#stream;
    if (decision.kind !== 'route' || decision.route.action.kind !== 'forward' || request === undefined)
      return undefined;
    this.#pick = pickCluster(decision.route.action.cluster, request, this.#stream);
    return this.#pick;
  }

  /** Forgets the decision. */
  clear(): void {
    this.#decision = undefined;
    this.#pick = undefined;
    this.#isPicked = false;
  }

  /** Whether a filter works on this stream: as the manager says, unless the route says otherwise. */
  isEnabled(factory: HttpFilterFactory): boolean {
    return !(this.#overridesOf(factory.name)?.isDisabled ?? factory.isDisabled);
  }

  /** What the route says to a filter, the most specific level first. */
  configsOf(name: string): readonly unknown[] {
    return this.#overridesOf(name)?.configs ?? NO_CONFIGS;
  }

  #overridesOf(name: string) {
    const { decision } = this;
    const filters = this.pick?.weighted?.filters ?? decision.route?.filters ?? decision.virtualHost?.filters;
    return filters?.get(name);
  }

  #decide(): RouteDecision {
    const stream = this.#stream;
    const { request } = stream;
    const routes = stream.services.routes();
    if (request === undefined || routes === undefined) return NO_ROUTE;
    const decision = findRoute(routes, request, stream.connection, stream);
    const { virtualHost, route } = decision;
    if (virtualHost !== undefined) {
      stream.virtualHostName = virtualHost.name;
      stream.virtualHostMetadata = virtualHost.metadata;
    }
    if (route !== undefined) {
      stream.routeName = route.name;
      stream.routeMetadata = route.metadata;
    }
    return decision;
  }
}
