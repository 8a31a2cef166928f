/** Listeners by their addresses, for connections that were captured on the way to one of them. */
import { type AddressView, formatIp, parseIp } from '@weft/engine';

/** An address that a listener is found by. */
export interface OwnAddress {
  readonly host: string;
  readonly port: number;
  /** Whether an IPv6 listener takes IPv4 too. */
  readonly takesIpv4: boolean;
}

/** What is kept in a table. */
export interface AddressedListener {
  readonly ownAddresses: readonly OwnAddress[];
  readonly isStopped: boolean;
}

const ANY_V4 = '0.0.0.0';
const ANY_V6 = '::';

/** See the file's head. */
export class ListenerTable<T extends AddressedListener> {
  /** Key: address and port. Written by the constructor. */
  readonly #byAddress = new Map<string, T>();

  constructor(listeners: Iterable<T>) {
    const alsoV4: (readonly [string, T])[] = [];
    for (const listener of listeners) {
      for (const { host, port, takesIpv4 } of listener.ownAddresses) {
        const ip = parseIp(host);
        if (ip === undefined) continue;
        const text = formatIp(ip);
        this.#byAddress.set(keyOf(text, port), listener);
        if (text === ANY_V6 && takesIpv4) alsoV4.push([keyOf(ANY_V4, port), listener]);
      }
    }
    // A listener that is for IPv4 itself comes before one that takes it besides.
    for (const [key, listener] of alsoV4) if (!this.#byAddress.has(key)) this.#byAddress.set(key, listener);
  }

  /** The listener of this very address, or else of the wildcard address with its port; one that is stopped is none. */
  at({ ip, port }: AddressView): T | undefined {
    if (ip === undefined) return undefined;
    const exact = this.#byAddress.get(keyOf(formatIp(ip), port));
    if (exact !== undefined && !exact.isStopped) return exact;
    const wildcard = this.#byAddress.get(keyOf(ip.family === 4 ? ANY_V4 : ANY_V6, port));
    return wildcard === undefined || wildcard.isStopped ? undefined : wildcard;
  }
}

function keyOf(host: string, port: number): string {
  return `${host} ${port}`;
}
