import type { AddressView } from '@weft/engine';

/** An address as envoy.config.core.v3.Address in JSON. */
export function addressJson(address: AddressView): Readonly<Record<string, unknown>> {
  if (address.ip === undefined) return { pipe: { path: address.text } };
  return { socket_address: { address: address.host, port_value: address.port } };
}
