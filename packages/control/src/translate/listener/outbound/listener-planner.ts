/** Goes through what a sidecar sees, and says which listeners it takes. */
import { isIp, isIpv6 } from '@weft/core';
import type { EgressScope, Finding, MeshService, MeshServicePort } from '../../../mesh/model/index.ts';
import { compareText } from '../../../mesh/names/object-ref.ts';
import { protocolOfField } from '../../../mesh/registry/protocol.ts';
import { findingAt } from '../../finding-at.ts';
import type { TranslationInput } from '../../input.ts';
import { portRouteName, serviceRouteName } from '../../names/route-name.ts';
import type { Source } from '../../provenance.ts';
import {
  addressOfRange,
  isRange,
  isUnixAddress,
  listenerName,
  loopbackOf,
  WILDCARDS,
  wildcardOf,
} from '../addresses.ts';
import { whyNotBindable } from '../bindable.ts';
import { httpManager } from '../http-manager.ts';
import { plainHttpProtocols } from '../listener-filters.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import type { ChainPlan } from './chain-plan.ts';
import { type ListenerPlan, ListenerTable } from './listener-table.ts';
import { serviceChains, sourceOf } from './service-chains.ts';
import { addressesOf, isPerEndpoint, kindOf, type ListenerKind } from './service-kind.ts';

/** Where listeners of one egress listener of a Sidecar, or of none, are bound. */
interface Binding {
  readonly isBound: boolean;
  /** Address that the Sidecar says, or that bound listeners have; undefined where services say it. */
  readonly address: string | undefined;
}

/** See the file's head. Lives for one plan. */
export class ListenerPlanner {
  readonly #input: TranslationInput;
  readonly #traits: ProxyTraits;
  readonly #findings: Finding[];
  readonly #table: ListenerTable;

  constructor(input: TranslationInput, traits: ProxyTraits, findings: Finding[]) {
    this.#input = input;
    this.#traits = traits;
    this.#findings = findings;
    this.#table = new ListenerTable(findings);
  }

  /** The listeners by name; what collides becomes a finding. */
  plans(): readonly ListenerPlan[] {
    for (const egress of this.#input.scope.egress) this.#addEgress(egress);
    return this.#table.plans();
  }

  get #view(): { readonly cluster: string; readonly traits: ProxyTraits } {
    return { cluster: this.#input.proxy.cluster, traits: this.#traits };
  }

  #addEgress(egress: EgressScope): void {
    const { spec, source, services } = egress;
    const binding = this.#bindingOf(egress);
    const byAge = services.toSorted((a, b) => a.createdAtMs - b.createdAtMs || compareText(a.hostname, b.hostname));
    if (spec?.port === undefined) {
      this.#table.lock();
      for (const service of byAge) {
        for (const port of service.ports) this.#addPort(service, port, { egress, binding });
      }
      return;
    }
    const { number = 0, protocol, name } = spec.port;
    const why = binding.isBound ? whyNotBindable(number, this.#traits) : undefined;
    if (why !== undefined) {
      if (source !== undefined) this.#findings.push(findingAt('UnusableListener', source, 'port.number', why));
      return;
    }
    const port = { number, protocol: protocolOfField(protocol, { number, name }), path: '' };
    for (const service of byAge) this.#addAt(service, port, { egress, binding });
  }

  #bindingOf({ spec }: EgressScope): Binding {
    const { interceptionMode } = this.#traits;
    const bind = spec?.bind ?? '';
    const isBound = interceptionMode === 'NONE' || spec?.captureMode === 'NONE' || isUnixAddress(bind);
    if (bind !== '') return { isBound, address: bind };
    return { isBound, address: isBound ? loopbackOf(this.#traits) : undefined };
  }

  /** A port as the service has it. */
  #addPort(service: MeshService, port: MeshServicePort, where: Where): void {
    const why = where.binding.isBound ? whyNotBindable(port.number, this.#traits) : undefined;
    if (why !== undefined) {
      this.#findings.push(findingAt('UnusableListener', sourceOf(service, port.path), 'port', why));
      return;
    }
    if (where.binding.address !== undefined || !isPerEndpoint(service, port, this.#view)) {
      this.#addAt(service, port, where);
      return;
    }
    const endpoints = this.#input.snapshot.workloads.endpoints.get(service.key) ?? [];
    // Only a ServiceEntry that names nobody is for whatever address there is; others are without endpoints for now.
    if (endpoints.length === 0 && service.registry === 'external' && service.selector === undefined) {
      this.#addAt(service, port, where);
    }
    for (const address of new Set(endpoints.map((endpoint) => endpoint.address))) {
      if (isIp(address)) {
        this.#addAt(service, port, { ...where, binding: { isBound: false, address } });
      }
    }
  }

  #addAt(service: MeshService, port: Pick<MeshServicePort, 'number' | 'protocol' | 'path'>, where: Where): void {
    if (service.resolution === 'alias') return;
    if (port.protocol === 'UDP') {
      const message = `UDP is not proxied: port ${port.number} is reached without the mesh`;
      this.#findings.push(findingAt('PortNotProxied', sourceOf(service, port.path), '', message));
      return;
    }
    const kind = kindOf(port.protocol);
    if (kind === 'http' || where.binding.address !== undefined) {
      const address = where.binding.address ?? wildcardOf(this.#traits);
      this.#addListener(service, port, { ...where, address, range: undefined });
      return;
    }
    const addresses = addressesOf(service, this.#input.proxy.cluster, this.#traits);
    if (addresses.length === 0) {
      this.#addListener(service, port, { ...where, address: wildcardOf(this.#traits), range: undefined });
    }
    for (const address of addresses) {
      // A range cannot be listened on: it is a condition of a chain of the listener for all addresses.
      const range = isRange(address) ? address : undefined;
      const own = addressOfRange(address);
      const all = WILDCARDS[isIpv6(own.split('/', 1)[0]!) ? 6 : 4];
      this.#addListener(service, port, { ...where, address: range === undefined ? own : all, range });
    }
  }

  #addListener(
    service: MeshService,
    port: Pick<MeshServicePort, 'number' | 'protocol' | 'path'>,
    { egress, binding, address, range }: Where & { readonly address: string; readonly range: string | undefined },
  ): void {
    const kind = kindOf(port.protocol);
    if (kind === 'http' && this.#table.hasHttp(address, port.number)) return;
    if (this.#isCapturing(address, port.number)) {
      const why = `port ${port.number} of all addresses is where the proxy takes what it captures: give the service an address or another port`;
      this.#findings.push(findingAt('UnusableListener', sourceOf(service, port.path), '', why));
      return;
    }
    const isShared = address === wildcardOf(this.#traits) || egress.spec?.port !== undefined;
    const place = { input: this.#input, traits: this.#traits, service, port, address, range };
    const { virtualServices } = egress;
    const tcp = kind === 'http' ? [] : serviceChains({ ...place, virtualServices }, this.#findings);
    const http = kind === 'tcp' ? [] : [this.#httpChain(service, port, { kind, address, egress, isShared })];
    const own =
      egress.spec?.port !== undefined && egress.source !== undefined ? egress.source : sourceOf(service, port.path);
    const ofSidecar: readonly Source[] = egress.source === undefined ? [] : [egress.source];
    this.#table.add({
      address,
      port: port.number,
      isBound: binding.isBound,
      // With a chain for what is not HTTP, a listener is one that finds out.
      kind: kind === 'http' && http[0]!.applicationProtocols.length > 0 ? 'auto' : kind,
      protocol: port.protocol,
      hostname: service.hostname,
      chains: [...tcp, ...http],
      source: own,
      listenerSources: isShared ? ofSidecar : [own, ...ofSidecar],
    });
  }

  /** Two listeners cannot have one address, even where only one of them opens a socket. */
  #isCapturing(address: string, port: number): boolean {
    const { proxyListenPort, proxyInboundListenPort } = this.#input.snapshot.settings.config;
    return address === wildcardOf(this.#traits) && (port === proxyListenPort || port === proxyInboundListenPort);
  }

  #httpChain(
    service: MeshService,
    { number, protocol, path }: Pick<MeshServicePort, 'number' | 'protocol' | 'path'>,
    { kind, address, egress, isShared }: HttpPlace,
  ): ChainPlan {
    const isWildcard = address === wildcardOf(this.#traits);
    const ownRoutes = kind === 'auto' && !isWildcard;
    const routes =
      number === 0 ? address : ownRoutes ? serviceRouteName(service.hostname, number) : portRouteName(number);
    const finds = kind === 'auto' || (isWildcard && protocol !== 'HTTP_PROXY');
    const sources: readonly Source[] = isShared
      ? egress.source === undefined
        ? []
        : [egress.source]
      : [sourceOf(service, path)];
    return {
      serverNames: [],
      ranges: [],
      applicationProtocols: finds ? plainHttpProtocols(this.#traits) : [],
      sources,
      parts: [routes, protocol, ...sources.map((source) => ('object' in source ? source.object : source))],
      makeFilters: () => [
        httpManager(this.#input, this.#traits, {
          side: 'outbound',
          statPrefix: `outbound_${listenerName(address, number)};`,
          routes,
          // What one service speaks is not what all of them do.
          protocol: isShared && protocol === 'GRPC-WEB' ? 'GRPC' : protocol,
        }),
      ],
    };
  }
}

interface Where {
  readonly egress: EgressScope;
  readonly binding: Binding;
}

interface HttpPlace {
  readonly kind: ListenerKind;
  readonly address: string;
  readonly egress: EgressScope;
  readonly isShared: boolean;
}
