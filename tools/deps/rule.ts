import path from 'node:path';
import type { SourceFile, Unit, Workspace } from './workspace.ts';

/** One finding. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** A rule looks at the whole repository, since some (cycles) need it. */
export interface Rule {
  readonly name: string;
  check(workspace: Workspace): Iterable<Violation>;
}

/** What a specifier in a file means. */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unit'; readonly unit: Unit; readonly subpath: string }
  | { readonly kind: 'node'; readonly module: string }
  | { readonly kind: 'npm'; readonly name: string };

/** Resolves a specifier as far as the rules need, without touching the disk. */
export function resolveTarget(workspace: Workspace, file: SourceFile, specifier: string): Target {
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: path.posix.join(path.posix.dirname(file.path), specifier) };
  }
  if (specifier.startsWith('node:')) return { kind: 'node', module: specifier.slice('node:'.length) };
  const segments = specifier.split('/');
  const nameLength = specifier.startsWith('@') ? 2 : 1;
  const name = segments.slice(0, nameLength).join('/');
  const unit = workspace.units.get(name);
  if (unit?.isPackage) return { kind: 'unit', unit, subpath: ['.', ...segments.slice(nameLength)].join('/') };
  return { kind: 'npm', name };
}

/** True for the file itself or anything below the folder. */
export function isWithin(file: string, dir: string): boolean {
  return file === dir || file.startsWith(`${dir}/`);
}
