/** The columns of `kubectl get` for a kind, and the cells of one object. */
import type { AnyKind, ApiObject, Column } from '../kind/index.ts';
import { humanAge } from './human-duration.ts';
import { compileJsonPath } from './jsonpath.ts';

/** A column as the Table answer defines it. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** Columns with a priority above 0 are shown by `-o wide` only. */
  readonly priority: number;
}

/** What a cell may hold. */
export type Cell = string | number | boolean | null;

type CellReader = (object: ApiObject, nowMs: number) => Cell;

interface TableLayout {
  readonly columns: readonly TableColumn[];
  readonly readers: readonly CellReader[];
}

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name, unique among objects of the kind in the namespace.',
  value: (object) => object.metadata.name,
};
const AGE: Column = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  value: '.metadata.creationTimestamp',
};

/** Compiled once for each kind and version. */
const layouts = new WeakMap<AnyKind, Map<string, TableLayout>>();

/** The column definitions of a kind in a version. */
export function tableColumns(kind: AnyKind, version: string): readonly TableColumn[] {
  return layoutOf(kind, version).columns;
}

/** The cells of one object, one for each column; null where there is nothing to show. */
export function rowOf(kind: AnyKind, version: string, object: ApiObject, nowMs: number): Cell[] {
  return layoutOf(kind, version).readers.map((read) => read(object, nowMs));
}

function layoutOf(kind: AnyKind, version: string): TableLayout {
  let byVersion = layouts.get(kind);
  if (byVersion === undefined) {
    byVersion = new Map();
    layouts.set(kind, byVersion);
  }
  let layout = byVersion.get(version);
  if (layout === undefined) {
    layout = compileLayout(kind, version);
    byVersion.set(version, layout);
  }
  return layout;
}

function compileLayout(kind: AnyKind, version: string): TableLayout {
  const definition = kind.versions.find((v) => v.name === version);
  const own = definition?.columns ?? kind.columns ?? [AGE];
  const all = own.some((column) => column.name === NAME.name) ? own : [NAME, ...own];
  return {
    columns: all.map((column) => toTableColumn(kind, column)),
    readers: all.map((column) => cellReader(kind, column)),
  };
}

function toTableColumn(kind: AnyKind, column: Column): TableColumn {
  // The columns of Kubernetes' own kinds hold ages as they are shown, and say so.
  const type = kind.isBuiltin === true && column.type === 'date' ? 'string' : column.type;
  return {
    name: column.name,
    type: column.declaredType ?? type,
    format: column.format ?? (column.name === NAME.name ? 'name' : ''),
    description: column.description ?? '',
    priority: column.priority ?? 0,
  };
}

function cellReader(kind: AnyKind, column: Column): CellReader {
  // Kubernetes' own printers say that an age is not known; tables of user-defined kinds leave the cell empty.
  const none = column.type === 'date' && kind.isBuiltin === true ? '<unknown>' : null;
  const { value, type } = column;
  if (typeof value === 'function') return (object, nowMs) => toCell(type, value(object, nowMs), nowMs) ?? none;
  const path = compileJsonPath(value);
  // Of several values the first is shown, as the API server does.
  return (object, nowMs) => toCell(type, path.evaluate(object)[0], nowMs) ?? none;
}

function toCell(type: Column['type'], value: unknown, nowMs: number): Cell {
  if (type === 'date') return isDisplayText(value) ? value : value === undefined ? null : humanAge(value, nowMs);
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
  }
}

/** A function of a date column may have made the text to show itself. */
function isDisplayText(value: unknown): value is string {
  return typeof value === 'string' && !/^\d{4}-/.test(value) && /^(?:<\w+>|(?:\d+[smhdy])+)$/.test(value);
}
