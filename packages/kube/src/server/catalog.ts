/**
 * The resources that the server offers at this moment: the built-in kinds and those that users define. An immutable
 * snapshot in one cell; a request reads it once.
 */

import { type AnyKind, KindRegistry } from '@weft/api';
import { Watch } from '@weft/core';
import { storedAs } from './stored-as.ts';

/** A resource at one version, as a URL names it. */
export interface ResourceInfo {
  readonly kind: AnyKind;
  readonly version: string;
  /** Where its objects are stored: `group/plural`. */
  readonly id: string;
  readonly isCustom: boolean;
  /** Objects up to this revision were stored under an earlier definition: defaults may be missing in them. */
  readonly definedAt?: number;
}

/** A kind that a CustomResourceDefinition makes. */
export interface CustomKind {
  readonly kind: AnyKind;
  readonly isTerminating: boolean;
  /** The newest revision when the kind was made. */
  readonly definedAt: number;
}

/** One state of the catalog. */
export class CatalogSnapshot {
  readonly registry: KindRegistry;
  /** Counts changes; discovery and OpenAPI answers are cached by it. */
  readonly generation: number;
  private readonly custom: ReadonlyMap<AnyKind, CustomKind>;
  private readonly resources = new Map<string, ResourceInfo>();

  constructor(builtin: readonly AnyKind[], custom: readonly CustomKind[], generation: number) {
    this.registry = new KindRegistry([...builtin, ...custom.map(({ kind }) => kind)]);
    this.custom = new Map(custom.map((one) => [one.kind, one]));
    this.generation = generation;
  }

  /** The resource behind a URL, or undefined when the server does not offer it. */
  resource(group: string, version: string, plural: string): ResourceInfo | undefined {
    const key = `${group}/${version}/${plural}`;
    const known = this.resources.get(key);
    if (known !== undefined) return known;
    const kind = this.registry.byPlural(group, plural);
    const definition = kind?.versions.find((v) => v.name === version);
    if (kind === undefined || definition === undefined || definition.isServed === false) return undefined;
    const custom = this.custom.get(kind);
    const info: ResourceInfo = {
      kind,
      version,
      id: resourceId(kind),
      isCustom: custom !== undefined,
      ...(custom === undefined ? {} : { definedAt: custom.definedAt }),
    };
    this.resources.set(key, info);
    return info;
  }

  /** True for a kind that came from a CustomResourceDefinition. */
  isCustom(kind: AnyKind): boolean {
    return this.custom.has(kind);
  }

  /** True for a kind whose definition is being deleted: its objects go, and no new ones are made. */
  isTerminating(kind: AnyKind): boolean {
    return this.custom.get(kind)?.isTerminating === true;
  }
}

/** The cell that holds the current snapshot. `swap` is called by the CRD controller alone. */
export class Catalog {
  private readonly cell: Watch<CatalogSnapshot>;
  private readonly builtin: readonly AnyKind[];

  constructor(builtin: readonly AnyKind[]) {
    this.builtin = builtin;
    this.cell = new Watch(new CatalogSnapshot(builtin, [], 1));
  }

  get(): CatalogSnapshot {
    return this.cell.get();
  }

  /** Calls back after every change; returns the way to stop it. */
  subscribe(onChange: () => void): () => void {
    return this.cell.subscribe(() => onChange());
  }

  /** Replaces the user-defined kinds. */
  setCustom(kinds: readonly CustomKind[]): void {
    this.cell.swap(new CatalogSnapshot(this.builtin, kinds, this.get().generation + 1));
  }
}

/** Where a kind's objects are stored; two kinds may be views of the same objects. */
export function resourceId(kind: AnyKind): string {
  const { group, plural } = storedAs(kind)?.kind ?? kind;
  return `${group}/${plural}`;
}

/** `virtualservices.networking.istio.io`, or the plural alone for core kinds. */
export function qualifiedResource(kind: AnyKind): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}
