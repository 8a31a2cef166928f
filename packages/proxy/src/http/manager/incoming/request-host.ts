/** What a connection manager takes off the host of a request before routes see it. */
import type { HttpManagerRuntime } from '@weft/engine';
import type { RequestHead } from '../../head.ts';

/** Removes the dot at the end of the name and the port, as configured; `localPort` is what `stripsPort: 'matching'` matches. */
export function shapeHost(
  head: RequestHead,
  { stripsTrailingHostDot, stripsPort }: Pick<HttpManagerRuntime, 'stripsTrailingHostDot' | 'stripsPort'>,
  localPort: number,
): void {
  if (stripsTrailingHostDot) {
    const { authority } = head;
    const bare = withoutTrailingDot(authority);
    if (bare !== authority) head.authority = bare;
  }
  // A CONNECT without a port is none.
  if (stripsPort === 'none' || head.method === 'CONNECT') return;
  const { authority } = head;
  const bare = withoutPort(authority, stripsPort === 'any' ? undefined : localPort);
  if (bare !== authority) head.authority = bare;
}

/** `a.b.` is `a.b`, and `a.b.:80` is `a.b:80`. */
function withoutTrailingDot(authority: string): string {
  const dot = authority.lastIndexOf('.');
  if (dot < 0) return authority;
  if (dot === authority.length - 1) return authority.slice(0, -1);
  return authority[dot + 1] === ':' ? authority.slice(0, dot) + authority.slice(dot + 1) : authority;
}

/** Without its port, if that is the one that is asked for; any, where none is. */
function withoutPort(authority: string, wanted: number | undefined): string {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || authority.lastIndexOf(']') > colon) return authority;
  const port = authority.slice(colon + 1);
  if (!/^[0-9]{1,9}$/.test(port) || (wanted !== undefined && Number(port) !== wanted)) return authority;
  return authority.slice(0, colon);
}
