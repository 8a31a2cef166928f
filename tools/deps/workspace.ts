// Reads the repository for the rules: packages with their manifests, and every source file with its imports.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LockPackages } from '../lock/complete-lock.ts';
import { findImports, type ImportRef } from './imports.ts';
import { type Token, tokenize } from './tokenize.ts';

/** The `weft` field of a package.json. */
interface WeftManifest {
  /** "0" to "5", or "T" for test support that only tests may import. */
  readonly level: string;
  /** Imports among packages of one level, each with the reason. */
  readonly sameLevel?: Readonly<Record<string, string>>;
  /** Files, relative to the package, that compose the program and so may touch clock, timers, randomness and environment. */
  readonly roots?: readonly string[];
  /** Groups of folders that must not import each other. */
  readonly separate?: ReadonlyArray<readonly string[]>;
}

interface Manifest {
  readonly name?: string;
  readonly exports?: string | Readonly<Record<string, unknown>>;
  readonly weft?: WeftManifest;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bin?: unknown;
}

/** A package.json with the lockfile's entry for it. */
export interface ManifestPair {
  /** Path of the package.json. */
  readonly file: string;
  readonly manifest: Manifest;
  readonly locked: Manifest | undefined;
}

/** A workspace package, or a folder of the root (`tools`, `e2e`, …), whose level is above all packages. */
export interface Unit {
  readonly name: string;
  /** Relative to the repository root, with `/`. */
  readonly dir: string;
  readonly isPackage: boolean;
  readonly level: number | 'T';
  readonly weft: WeftManifest;
  readonly exportKeys: readonly string[];
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

/** One file with what the rules look at. */
export interface SourceFile {
  /** Relative to the repository root, with `/`. */
  readonly path: string;
  readonly unit: Unit;
  /** `source` ships; `test` (*.test.ts, test/, test-support/) may use test support; `tool` is run by developers only. */
  readonly role: 'source' | 'test' | 'tool';
  readonly lineCount: number;
  readonly tokens: readonly Token[];
  readonly imports: readonly ImportRef[];
}

/** Everything the rules see. */
export interface Workspace {
  readonly root: string;
  readonly units: ReadonlyMap<string, Unit>;
  readonly files: readonly SourceFile[];
  readonly manifests: readonly ManifestPair[];
  /** The `packages` of the lockfile. */
  readonly lockedPackages: LockPackages;
  /** What the root declares, for tests of all packages. */
  readonly rootDependencies: ReadonlySet<string>;
}

const ROOT_DIRS = ['tools', 'bench', 'e2e', 'samples', 'docs'];
const SKIPPED_DIRS = new Set([
  'node_modules',
  'testdata',
  'gen',
  'dist',
  'coverage',
  '.cache',
  '.weft',
  '.git',
  'results',
]);
const SOURCE = /\.(?:ts|tsx|mts|mjs|js|cjs)$/;

/** Loads the repository below `root`. */
export function loadWorkspace(root: string): Workspace {
  const units = new Map<string, Unit>();
  for (const name of listDirs(path.join(root, 'packages'))) {
    const unit = readPackage(root, `packages/${name}`);
    if (unit !== undefined) units.set(unit.name, unit);
  }
  const rootManifest = readManifest(path.join(root, 'package.json'));
  // Folders of the root have no manifest of their own: they may use what the root or any package has declared.
  const rootDependencies = new Set(keysOf(rootManifest.dependencies, rootManifest.devDependencies));
  const shared = new Set(rootDependencies);
  for (const unit of units.values()) {
    for (const name of [...unit.dependencies, ...unit.devDependencies]) shared.add(name);
  }
  for (const dir of ROOT_DIRS) {
    if (existsSync(path.join(root, dir))) units.set(dir, rootUnit(dir, shared));
  }
  const files: SourceFile[] = [];
  for (const unit of units.values()) {
    for (const file of listSources(root, unit.dir)) files.push(readSource(root, file, unit));
  }
  const lockedPackages = readLock(root);
  return {
    root,
    units,
    files,
    manifests: readManifests(root, units, lockedPackages),
    lockedPackages,
    rootDependencies,
  };
}

function readLock(root: string): LockPackages {
  const file = path.join(root, 'package-lock.json');
  if (!existsSync(file)) return {};
  return (JSON.parse(readFileSync(file, 'utf8')) as { packages: LockPackages }).packages;
}

function readManifests(root: string, units: ReadonlyMap<string, Unit>, locked: LockPackages): ManifestPair[] {
  const dirs = ['', ...[...units.values()].filter((unit) => unit.isPackage).map((unit) => unit.dir)];
  return dirs.map((dir) => {
    const file = path.posix.join(dir, 'package.json');
    return { file, manifest: readManifest(path.join(root, file)), locked: locked[dir] as Manifest | undefined };
  });
}

function rootUnit(dir: string, dependencies: ReadonlySet<string>): Unit {
  const weft = { level: '9' };
  return { name: dir, dir, isPackage: false, level: 9, weft, exportKeys: [], dependencies, devDependencies: new Set() };
}

function readPackage(root: string, dir: string): Unit | undefined {
  const file = path.join(root, dir, 'package.json');
  if (!existsSync(file)) return undefined;
  const manifest = readManifest(file);
  const weft = manifest.weft;
  if (manifest.name === undefined || weft === undefined || !/^(?:\d|T)$/.test(String(weft.level))) {
    throw new Error(`${dir}/package.json: needs a name and weft.level ("0" to "5", or "T")`);
  }
  return {
    name: manifest.name,
    dir,
    isPackage: true,
    level: weft.level === 'T' ? 'T' : Number(weft.level),
    weft,
    exportKeys: typeof manifest.exports === 'string' ? ['.'] : Object.keys(manifest.exports ?? {}),
    dependencies: new Set(keysOf(manifest.dependencies, manifest.optionalDependencies)),
    devDependencies: new Set(keysOf(manifest.devDependencies)),
  };
}

function keysOf(...records: ReadonlyArray<Readonly<Record<string, string>> | undefined>): string[] {
  return records.flatMap((record) => Object.keys(record ?? {}));
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

function listDirs(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function listSources(root: string, dir: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(path.join(root, dir), { withFileTypes: true })) {
    const relative = `${dir}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED_DIRS.has(entry.name)) found.push(...listSources(root, relative));
    } else if (entry.isFile() && SOURCE.test(entry.name) && !entry.name.endsWith('.d.ts')) found.push(relative);
  }
  return found.sort();
}

function roleOf(file: string, unit: Unit): SourceFile['role'] {
  if (/\.test\.\w+$/.test(file) || /\/(?:test|test-support)\//.test(file)) return 'test';
  if (unit.dir === 'e2e' || unit.dir === 'bench') return 'test';
  if (!unit.isPackage) return 'tool';
  return file.startsWith(`${unit.dir}/src/`) || file.startsWith(`${unit.dir}/bin/`) ? 'source' : 'tool';
}

function readSource(root: string, file: string, unit: Unit): SourceFile {
  const text = readFileSync(path.join(root, file), 'utf8');
  const tokens = tokenize(text);
  const lineCount = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return { path: file, unit, role: roleOf(file, unit), lineCount, tokens, imports: findImports(tokens) };
}
