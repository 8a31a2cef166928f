import type { Cell, TableView } from '../framework/result.ts';
import type { Style } from './style.ts';
import { printable, textWidth } from './text-width.ts';

/** Between columns, as kubectl has it. */
const GAP = '   ';

/** Lays out rows in columns; an empty cell shows `<none>`, as kubectl has it. */
export function formatTable(
  view: TableView,
  { isWide, style }: { readonly isWide: boolean; readonly style: Style },
): string {
  const all = view.cells();
  if (all.length === 0 && view.whenEmpty !== undefined) return `${view.whenEmpty}\n`;
  const shown = [...view.columns.keys()].filter((index) => isWide || view.columns[index]!.isWide !== true);
  const rows = all.map((row) => shown.map((index) => cellText(row[index])));
  const headers = shown.map((index) => view.columns[index]!.header);
  const widths = headers.map((header, at) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[at]!)), textWidth(header)),
  );
  const layOut = (row: readonly string[]) =>
    row
      .map((text, at) => {
        const padding = ' '.repeat(widths[at]! - textWidth(text));
        return view.columns[shown[at]!]!.align === 'right' ? padding + text : text + padding;
      })
      .join(GAP)
      .trimEnd();
  return `${[style.bold(layOut(headers)), ...rows.map(layOut)].join('\n')}\n`;
}

function cellText(cell: Cell): string {
  return cell === undefined || cell === '' ? '<none>' : printable(String(cell));
}
