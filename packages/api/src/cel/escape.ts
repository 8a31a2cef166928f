/** How property names of a schema are written in CEL, where names like `namespace` or `a-b` are not identifiers. */

const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const ESCAPABLE = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** The CEL spelling of a property name; undefined when it has none and cannot be reached from expressions. */
export function escapePropertyName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!ESCAPABLE.test(name)) return undefined;
  return name.replace(/__|[./-]/g, (part) => ESCAPES[part]!);
}
