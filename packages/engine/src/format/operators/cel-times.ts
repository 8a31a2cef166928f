/** Durations and points in time of expressions as Envoy writes them. */

const NANOS_PER_S = 1_000_000_000n;

/** Hours, minutes and seconds: `1h2m3.5s`; in smaller units below a second. */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const amount = Number(nanos < 0n ? -nanos : nanos);
  if (amount < 1e9) return `${sign}${smallText(amount)}`;
  const seconds = amount / 1e9;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = Number((seconds % 60).toFixed(9));
  return sign + (hours > 0 ? `${hours}h` : '') + (minutes > 0 ? `${minutes}m` : '') + (rest > 0 ? `${rest}s` : '');
}

function smallText(nanos: number): string {
  if (nanos >= 1e6) return `${nanos / 1e6}ms`;
  return nanos >= 1e3 ? `${nanos / 1e3}us` : `${nanos}ns`;
}

/** RFC 3339 in UTC, with as many digits of the second as it has. */
export function timestampText(nanos: bigint): string {
  const fraction = ((nanos % NANOS_PER_S) + NANOS_PER_S) % NANOS_PER_S;
  const text = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${text}${digits === '' ? '' : `.${digits}`}+00:00`;
}
