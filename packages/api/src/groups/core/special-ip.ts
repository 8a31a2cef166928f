import { type IpAddress, isLinkLocal, isLinkLocalMulticast, isLoopback, isUnspecified } from '@weft/core';

/** Why an address cannot stand for one particular machine elsewhere. */
export function specialIpProblems(ip: IpAddress): string[] {
  if (isUnspecified(ip)) return [`may not be unspecified (${ip.family === 4 ? '0.0.0.0' : '::'})`];
  if (isLoopback(ip)) return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  if (isLinkLocal(ip)) return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  if (isLinkLocalMulticast(ip)) return ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'];
  return [];
}
