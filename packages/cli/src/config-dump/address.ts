/** Addresses as people write them. */
import { type JsonObject, numberAt, objectAt, textAt } from './json-reader.ts';

/** Where something listens or is reached. */
export interface ShownAddress {
  /** An IP address, a name, or a path. */
  readonly host: string;
  /** 0 for what has no port. */
  readonly port: number;
}

/** Reads envoy.config.core.v3.Address. */
export function readAddress(address: JsonObject | undefined): ShownAddress {
  const socket = objectAt(address, 'socket_address');
  if (socket !== undefined) return { host: textAt(socket, 'address'), port: numberAt(socket, 'port_value') };
  const internal = objectAt(address, 'envoy_internal_address');
  if (internal !== undefined) {
    const [listener, id] = [textAt(internal, 'server_listener_name'), textAt(internal, 'endpoint_id')];
    return { host: `envoy://${listener}/${id}`, port: 0 };
  }
  const path = textAt(address, 'pipe', 'path');
  return { host: path === '' ? '' : `unix://${path}`, port: 0 };
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `unix:///run/a.sock`. */
export function showAddress({ host, port }: ShownAddress): string {
  if (port === 0) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
