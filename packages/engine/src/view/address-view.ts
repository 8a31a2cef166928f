import type { IpAddress } from '../match/cidr.ts';

/** A socket address as decisions and logs see it. */
export interface AddressView {
  /** `10.0.0.1:80`, `[::1]:80`, the path of a Unix socket, or the name of an internal listener. */
  readonly text: string;
  /** The address without its port; the path of a Unix socket. */
  readonly host: string;
  /** 0 where there are no ports. */
  readonly port: number;
  /** The parsed address; undefined where it is no IP address. */
  readonly ip: IpAddress | undefined;
}
