import { writeFileSync } from 'node:fs';
import type { ProxyServer } from '@weft/proxy';
import type { CommandContext } from '../framework/context.ts';
import type { ProxyArgs } from './proxy-args.ts';

/** Says where the proxy listens. */
export function tellAddresses(server: ProxyServer, { adminAddressPath }: ProxyArgs, { out }: CommandContext): void {
  const { adminAddress } = server;
  if (adminAddress !== undefined) out.write(`admin interface listens on ${adminAddress}\n`);
  if (adminAddressPath !== undefined && adminAddress !== undefined) writeFileSync(adminAddressPath, adminAddress);
  for (const { name, addresses } of server.listeners) out.write(`${name} listens on ${addresses.join(', ')}\n`);
}
