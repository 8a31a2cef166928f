/** One column of a table. */
export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => Cell;
  /** Shown with `-o wide` only. */
  readonly isWide?: boolean;
  readonly align?: 'right';
}

/** What a cell shows; undefined and empty show as `<none>`. */
export type Cell = string | number | undefined;

/** Rows for people. The cells are made only when they are printed. */
export interface TableView {
  readonly kind: 'table';
  readonly columns: ReadonlyArray<Pick<Column<never>, 'header' | 'isWide' | 'align'>>;
  readonly cells: () => ReadonlyArray<readonly Cell[]>;
  /** Said instead of an empty table. */
  readonly whenEmpty: string | undefined;
}

/** Text for people; ends without a line end. */
export interface TextView {
  readonly kind: 'text';
  readonly text: string;
}

/** What a command found out: data for machines, a view for people, and the verdict as exit code. */
export interface CommandResult {
  /** Printed by `-o json` and `-o yaml`: plain JSON data. */
  readonly data: unknown;
  readonly view: TableView | TextView;
  /** `no` exits with 1: the answer is no, or something is wrong with what was looked at. */
  readonly verdict?: 'yes' | 'no';
}

/** Rows and how to show them. */
export interface TableOptions<Row> {
  readonly columns: ReadonlyArray<Column<Row>>;
  readonly rows: readonly Row[];
  readonly whenEmpty?: string;
}

/** A result shown as a table. */
export function tableResult<Row>(data: unknown, table: TableOptions<Row>, verdict?: 'yes' | 'no'): CommandResult {
  const { columns, rows, whenEmpty } = table;
  const cells = () => rows.map((row) => columns.map((column) => column.value(row)));
  return { data, view: { kind: 'table', columns, cells, whenEmpty }, verdict };
}

/** A result shown as text. */
export function textResult(data: unknown, text: string, verdict?: 'yes' | 'no'): CommandResult {
  return { data, view: { kind: 'text', text }, verdict };
}
