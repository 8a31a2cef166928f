/**
 * Route configurations as bytes. One may hold the virtual hosts of a thousand services, and most changes concern one of them, so each virtual
 * host is encoded once, and a configuration is put together from their bytes: fields of a message may stand in any order.
 */
import type { Message } from '@bufbuild/protobuf';
import type { RouteConfigurationJson } from '@weft/proto/envoy/config/route/v3/route';
import type { VirtualHostJson } from '@weft/proto/envoy/config/route/v3/route_components';
import { encode, fromJson, Problems, validate } from '@weft/proto/lite';

const ROUTE_CONFIG = 'envoy.config.route.v3.RouteConfiguration';
const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost';
/** The field of virtual hosts in a route configuration, as length-delimited bytes. */
const VIRTUAL_HOSTS_TAG = (2 << 3) | 2;
/** The last seven bits of a length have no mark. */
const MORE = 0x80;

/** What is wrong with a message, in words. */
export interface Invalid {
  readonly problems: readonly string[];
}

/** Bytes of virtual hosts, by the objects that they are made of, which never change. */
const encodedHosts = new WeakMap<VirtualHostJson, Uint8Array | Invalid>();

/** The bytes of a route configuration, or what is wrong with it. */
export function encodeRoutes({ virtualHosts = [], ...rest }: RouteConfigurationJson): Uint8Array | Invalid {
  const shell = encodeMessage(ROUTE_CONFIG, rest);
  const problems = 'problems' in shell ? [...shell.problems] : [];
  const fields: Uint8Array[] = 'problems' in shell ? [] : [shell];
  for (const [i, host] of virtualHosts.entries()) {
    const bytes = encodeHost(host);
    if ('problems' in bytes) problems.push(...bytes.problems.map((one) => `virtual_hosts[${i}].${one}`));
    else fields.push(bytes);
  }
  return problems.length > 0 ? { problems } : Buffer.concat(fields);
}

/** The field that a virtual host is: its tag, its length, and its bytes. */
function encodeHost(host: VirtualHostJson): Uint8Array | Invalid {
  let field = encodedHosts.get(host);
  if (field === undefined) {
    const bytes = encodeMessage(VIRTUAL_HOST, host);
    field = 'problems' in bytes ? bytes : Buffer.concat([fieldHead(bytes.length), bytes]);
    encodedHosts.set(host, field);
  }
  return field;
}

function fieldHead(length: number): Uint8Array {
  const head = [VIRTUAL_HOSTS_TAG];
  let rest = length;
  for (; rest >= MORE; rest >>>= 7) head.push((rest & (MORE - 1)) | MORE);
  return Uint8Array.from([...head, rest]);
}

/** Of what is wrong with one message, this much is told. */
const MAX_PROBLEMS = 5;

/** The bytes of a message of any type, when it keeps the rules of its schema. */
export function encodeMessage(typeName: string, json: unknown): Uint8Array | Invalid {
  const report = new Problems('', MAX_PROBLEMS);
  const message = fromJson<Message>(typeName, json, report);
  if (message !== undefined && report.isEmpty) validate(message, report);
  if (message !== undefined && report.isEmpty) return encode(message);
  return { problems: report.list.map(({ path, reason }) => `${path}: ${reason}`) };
}
