import { UserError } from '@weft/core';

/** Where a server of a command listens. */
export interface ListenPlace {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const MAX_PORT = 65_535;

/** Reads `HOST:PORT` or `[IPV6]:PORT`, the value of `flag`. */
export function parseListen(flag: string, text: string): ListenPlace {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > MAX_PORT) {
    throw new UserError(`--${flag} ${text}: expected HOST:PORT, such as 127.0.0.1:6443 or [::1]:6443`);
  }
  return { host: match[1] ?? match[2]!, port };
}
