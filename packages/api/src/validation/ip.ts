/** IP addresses and ranges as text, judged as Go's `netip` does: no leading zeros, no zones. */

const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const HEX_GROUP = /^[0-9a-fA-F]{1,4}$/;
const PREFIX_LENGTH = /^(?:0|[1-9]\d{0,2})$/;

/** The family of an address, or undefined when the text is none. */
export function ipFamily(text: string): 4 | 6 | undefined {
  if (isIpv4(text)) return 4;
  return isIpv6(text) ? 6 : undefined;
}

/** An IPv4 or IPv6 address. */
export function isIp(text: string): boolean {
  return ipFamily(text) !== undefined;
}

/** An address range such as `10.0.0.0/8`; bits behind the prefix may be set. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const family = ipFamily(text.slice(0, slash));
  const length = text.slice(slash + 1);
  return family !== undefined && PREFIX_LENGTH.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

function isIpv4(text: string): boolean {
  return IPV4.test(text) && text.split('.').every((part) => Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  if (!text.includes(':')) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let count = 0;
  for (const [i, half] of halves.entries()) {
    const groups = half === '' ? [] : half.split(':');
    for (const [j, group] of groups.entries()) {
      const isLast = i === halves.length - 1 && j === groups.length - 1;
      if (isLast && isIpv4(group)) count += 2;
      else if (HEX_GROUP.test(group)) count += 1;
      else return false;
    }
  }
  return halves.length === 2 ? count <= 7 : count === 8;
}
