/** The ranges that service addresses and node ports come from: those that Kubernetes installers use. */
import { parseIp } from '@weft/core';

/** The last few values given out: their services may not be stored yet. */
class RecentSet<T> {
  private readonly values = new Set<T>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  has(value: T): boolean {
    return this.values.has(value);
  }

  add(value: T): void {
    this.values.add(value);
    if (this.values.size > this.max) this.values.delete(this.values.values().next().value!);
  }
}

const FIRST_ADDRESS = 0x0a600001;
const ADDRESSES = 2 ** 20 - 2;
const FIRST_NODE_PORT = 30_000;
const NODE_PORTS = 2768;

/** As it stands in messages. */
export const ADDRESS_RANGE = '10.96.0.0/12';
/** As it stands in messages. */
export const NODE_PORT_RANGE = `${FIRST_NODE_PORT}-${FIRST_NODE_PORT + NODE_PORTS - 1}`;

/** True for an address that services of this cluster may have. */
export function isServiceAddress(text: string): boolean {
  const ip = parseIp(text);
  if (ip?.family !== 4) return false;
  const number = Number(ip.bits);
  return number >= FIRST_ADDRESS && number < FIRST_ADDRESS + ADDRESSES;
}

/** True for a port that services may have on nodes. */
export function isNodePort(port: number): boolean {
  return port >= FIRST_NODE_PORT && port < FIRST_NODE_PORT + NODE_PORTS;
}

/** Gives out what is free, passing over what it gave out a moment ago; undefined when nothing is left. */
export class ServiceRanges {
  private readonly addresses = new RecentSet<string>(1024);
  private readonly ports = new RecentSet<number>(64);

  /** In order of need: starting after the count of services finds a free one at once. */
  freeAddress(used: ReadonlySet<string>): string | undefined {
    for (let i = 0; i < ADDRESSES; i++) {
      const address = addressText(FIRST_ADDRESS + ((used.size + 1 + i) % ADDRESSES));
      if (used.has(address) || this.addresses.has(address)) continue;
      this.addresses.add(address);
      return address;
    }
    return undefined;
  }

  freePort(used: ReadonlySet<number>): number | undefined {
    for (let i = 0; i < NODE_PORTS; i++) {
      const port = FIRST_NODE_PORT + ((used.size + i) % NODE_PORTS);
      if (used.has(port) || this.ports.has(port)) continue;
      this.ports.add(port);
      return port;
    }
    return undefined;
  }
}

function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
