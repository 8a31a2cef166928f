/** Looks kinds up by the names that users and requests give them. */
import { type AnyKind, parseApiVersion } from './define.ts';

/** An immutable set of kinds. */
export class KindRegistry {
  readonly kinds: readonly AnyKind[];
  private readonly byGroupKind = new Map<string, AnyKind>();
  private readonly byGroupPlural = new Map<string, AnyKind>();

  constructor(kinds: readonly AnyKind[]) {
    this.kinds = Object.freeze([...kinds]);
    for (const kind of kinds) {
      this.byGroupKind.set(`${kind.group}/${kind.kind}`, kind);
      this.byGroupPlural.set(`${kind.group}/${kind.plural}`, kind);
    }
  }

  /** The kind of an object, or undefined when the group has no such kind. The version may still be unknown to the kind. */
  byApiVersion(apiVersion: string, kind: string): AnyKind | undefined {
    return this.byGroupKind.get(`${parseApiVersion(apiVersion).group}/${kind}`);
  }

  /** The kind behind a resource name in a URL. */
  byPlural(group: string, plural: string): AnyKind | undefined {
    return this.byGroupPlural.get(`${group}/${plural}`);
  }

  /** Kinds that a user may mean by `name`: plural, singular, kind or short name, optionally followed by `.group`. */
  find(name: string): readonly AnyKind[] {
    const wanted = name.toLowerCase();
    const dot = wanted.indexOf('.');
    const [resource, group] = dot < 0 ? [wanted, undefined] : [wanted.slice(0, dot), wanted.slice(dot + 1)];
    return this.kinds.filter(
      (kind) =>
        (group === undefined || kind.group === group || kind.group.startsWith(`${group}.`)) &&
        (kind.plural === resource ||
          kind.singular === resource ||
          kind.kind.toLowerCase() === resource ||
          kind.shortNames.includes(resource)),
    );
  }
}
