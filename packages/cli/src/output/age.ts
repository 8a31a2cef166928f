const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** How long ago something was, in its largest unit: `41 s`, `3 min`, `2 h`, `5 d`. */
export function formatAge(ms: number): string {
  const [unit, length] = UNITS.find(([, each]) => ms >= each) ?? UNITS[UNITS.length - 1]!;
  return `${Math.max(0, Math.floor(ms / length))} ${unit}`;
}
