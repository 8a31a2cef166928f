/** Counted buckets, ascending: id, count, id, count … */
export type Cells = readonly number[];

/** No values. */
export const NO_CELLS: Cells = Object.freeze([]);

/** Adds two sets of counted buckets. */
export function mergeCells(a: Cells, b: Cells): Cells {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const sum: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    if (left === right) sum.push(left, a[i + 1]! + b[j + 1]!);
    else if (left < right) sum.push(left, a[i + 1]!);
    else sum.push(right, b[j + 1]!);
    if (left <= right) i += 2;
    if (right <= left) j += 2;
  }
  for (; i < a.length; i++) sum.push(a[i]!);
  for (; j < b.length; j++) sum.push(b[j]!);
  return sum;
}

/** How many values were counted. */
export function countOf(cells: Cells): number {
  let total = 0;
  for (let i = 1; i < cells.length; i += 2) total += cells[i]!;
  return total;
}
