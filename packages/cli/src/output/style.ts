/** Wraps text in colours, or leaves it alone where colours are off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    `\x1b[${open}m${text}\x1b[${close}m`;

const same = (text: string): string => text;

const COLOURED: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
};

const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same };

/** The values of `--color`. */
export const COLOR_MODES = ['auto', 'always', 'never'] as const;

/** One value of `--color`. */
export type ColorMode = (typeof COLOR_MODES)[number];

/** Colours for a terminal that wants them: `--color` beats NO_COLOR (no-color.org), which beats the terminal. */
export function createStyle(mode: ColorMode, isTty: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  if (mode === 'always') return COLOURED;
  if (mode === 'never' || !isTty) return PLAIN;
  const isRefused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isRefused ? PLAIN : COLOURED;
}
