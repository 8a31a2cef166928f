/** What Kubernetes says of texts that should be addresses. */
import { parseCidr, parseIp } from '@weft/core';

/** What is wrong with a text that should be an address, in Kubernetes' words. */
export function ipProblems(text: string): string[] {
  return parseIp(text) === undefined ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : [];
}

/** What is wrong with a text that should be a block, in Kubernetes' words. */
export function cidrProblems(text: string): string[] {
  return parseCidr(text) === undefined ? ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'] : [];
}
