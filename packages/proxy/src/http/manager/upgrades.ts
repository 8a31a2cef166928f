/** Which requests ask for another protocol, and whether they get it. */
import { type HttpManagerRuntime, isUpgradeAllowed, NO_UPGRADES, type RouteDecision } from '@weft/engine';
import type { LocalReply } from '../../filters/http/filter.ts';
import type { RequestHead } from '../head.ts';

/** The name of CONNECT among upgrades. */
const CONNECT = 'connect';
const SWITCHING_PROTOCOLS = 101;

/** What is said to an upgrade that is not allowed. */
export const UPGRADE_REFUSED: LocalReply = Object.freeze({ status: 403, body: '', details: 'upgrade_failed' });

/** The protocol that a request asks for, in lower case, `connect` for a tunnel; empty for a plain request. */
export function upgradeOf(head: RequestHead): string {
  const { protocol } = head;
  if (protocol !== '') return protocol.toLowerCase();
  return head.method === 'CONNECT' ? CONNECT : '';
}

/** Whether an upgrade is served. Without a route the request goes on, to be told so. */
export function isUpgradeServed(
  upgrade: string,
  { route }: RouteDecision,
  { upgrades }: Pick<HttpManagerRuntime, 'upgrades'>,
): boolean {
  if (route === undefined) return true;
  const own = route.action.kind === 'forward' ? route.action.upgrades : NO_UPGRADES;
  return isUpgradeAllowed(own, upgrade, upgrades.get(upgrade)?.isEnabled === true);
}

/** Whether a response makes the stream a tunnel. */
export function isSwitch(upgrade: string, status: number): boolean {
  if (upgrade === '') return false;
  return upgrade === CONNECT ? status >= 200 && status < 300 : status === SWITCHING_PROTOCOLS;
}
