import { type AddressView, formatIp, type IpAddress, parseIp } from '@weft/engine';

const MAX_PORT = 65_535;

/** An address of a socket; what is derived from it is computed on first use. */
export class SocketAddress implements AddressView {
  readonly host: string;
  readonly port: number;
  #text: string | undefined;
  /** Null until it is asked for. */
  #ip: IpAddress | undefined | null = null;

  constructor(host: string, port: number) {
    // A dual-stack socket names IPv4 peers in IPv6 words.
    this.host = host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host;
    this.port = port;
  }

  get text(): string {
    this.#text ??= this.host.includes(':') ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
    return this.#text;
  }

  get ip(): IpAddress | undefined {
    if (this.#ip === null) this.#ip = parseIp(this.host);
    return this.#ip;
  }
}

/** `10.0.0.1:80` or `[fd00::1]:80`; undefined for any other text. The host is written in its shortest form. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const parts = /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const ip = parseIp(parts[1] ?? parts[2]!);
  const port = Number(parts[3]);
  return ip === undefined || port > MAX_PORT ? undefined : new SocketAddress(formatIp(ip), port);
}

/** The address of a Unix socket; clients of one have none of their own. */
export class PipeAddress implements AddressView {
  readonly host: string;
  readonly text: string;
  readonly port = 0;
  readonly ip = undefined;

  constructor(path: string) {
    this.host = path;
    this.text = path;
  }
}
