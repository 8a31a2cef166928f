import type {
  RouteAction_UpgradeConfig,
  RouteAction_UpgradeConfig_ConnectConfig,
} from '@weft/proto/envoy/config/route/v3/route_components';
import { compileProxyProtocol, type ProxyProtocolVersion } from '../compile/proxy-protocol.ts';
import { supports } from '../compile/support.ts';
import { asciiLower } from '../match/ascii.ts';
import type { RouteCompileContext } from './context.ts';

/** What is supported of upgrades. */
export const UPGRADE_SUPPORT = [
  supports<RouteAction_UpgradeConfig>('envoy.config.route.v3.RouteAction.UpgradeConfig', {
    upgradeType: true,
    enabled: true,
    connectConfig: true,
  }),
  supports<RouteAction_UpgradeConfig_ConnectConfig>('envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig', {
    proxyProtocolConfig: true,
    allowPost: true,
  }),
];

/** How the payload of a CONNECT is sent upstream: as raw TCP. */
export interface ConnectConfigRuntime {
  /** The PROXY protocol in front of the payload; undefined for none. */
  readonly proxyProtocol: ProxyProtocolVersion | undefined;
  /** Whether the body of a POST is sent as raw TCP too. */
  readonly allowsPost: boolean;
}

/** What a route says about upgrades. */
export interface UpgradesRuntime {
  /** By the upgrade's name in lower case: whether it is allowed. */
  readonly allowed: ReadonlyMap<string, boolean>;
  /** Undefined where CONNECT requests are forwarded as such. */
  readonly connect: ConnectConfigRuntime | undefined;
}

/** A route that says nothing. */
export const NO_UPGRADES: UpgradesRuntime = Object.freeze({ allowed: new Map(), connect: undefined });

const CONNECT_TYPES = ['connect', 'connect-udp'];

/** Compiles the upgrades of a route; undefined when there was a problem. */
export function compileUpgrades(
  messages: readonly RouteAction_UpgradeConfig[],
  path: string,
  context: RouteCompileContext,
): UpgradesRuntime | undefined {
  if (messages.length === 0) return NO_UPGRADES;
  const before = context.problems.count;
  const allowed = new Map<string, boolean>();
  let connect: ConnectConfigRuntime | undefined;
  messages.forEach(({ upgradeType, enabled, connectConfig }, i) => {
    const name = asciiLower(upgradeType);
    const at = `${path}[${i}]`;
    if (allowed.has(name)) context.problems.add(`${at}.upgrade_type`, `${upgradeType} is there twice`);
    allowed.set(name, enabled ?? true);
    if (connectConfig === undefined) return;
    if (CONNECT_TYPES.includes(name)) connect = compileConnect(connectConfig, `${at}.connect_config`, context);
    else context.problems.add(`${at}.connect_config`, `is for CONNECT only, not for ${upgradeType}`);
  });
  return context.problems.count === before ? Object.freeze({ allowed, connect }) : undefined;
}

function compileConnect(
  { proxyProtocolConfig: proxy, allowPost }: RouteAction_UpgradeConfig_ConnectConfig,
  path: string,
  context: RouteCompileContext,
): ConnectConfigRuntime {
  const proxyProtocol = proxy && compileProxyProtocol(proxy, `${path}.proxy_protocol_config`, context);
  return Object.freeze({ proxyProtocol, allowsPost: allowPost });
}

/** Whether a request may upgrade: the route's word counts, and the connection manager's where the route has none. */
export function isUpgradeAllowed(upgrades: UpgradesRuntime, upgradeType: string, isManagerAllowing: boolean): boolean {
  return upgrades.allowed.get(asciiLower(upgradeType)) ?? isManagerAllowing;
}

/** Whether the payload of a request goes upstream as raw TCP. */
export function isTerminated({ connect }: UpgradesRuntime, method: string): boolean {
  return connect !== undefined && (method === 'CONNECT' || (method === 'POST' && connect.allowsPost));
}
