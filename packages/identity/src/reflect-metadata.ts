/**
 * The part of the `Reflect` metadata API that the certificate library's dependency container uses. The container refuses to
 * load without it, whether or not it is needed; a program that already has the whole API keeps it.
 */

type MetadataKey = string | symbol;

interface MetadataReflect {
  getMetadata(key: MetadataKey, target: object): unknown;
  getOwnMetadata(key: MetadataKey, target: object): unknown;
  defineMetadata(key: MetadataKey, value: unknown, target: object): void;
  metadata(key: MetadataKey, value: unknown): (target: object) => void;
}

/** Adds what is missing to the global `Reflect`; called once, right before the library is loaded. */
export function installReflectMetadata(): void {
  const reflect = Reflect as unknown as Partial<MetadataReflect>;
  if (reflect.getMetadata !== undefined) return;
  const byTarget = new WeakMap<object, Map<MetadataKey, unknown>>();
  const getOwnMetadata = (key: MetadataKey, target: object) => byTarget.get(target)?.get(key);
  const defineMetadata = (key: MetadataKey, value: unknown, target: object) => {
    const own = byTarget.get(target) ?? new Map<MetadataKey, unknown>();
    byTarget.set(target, own.set(key, value));
  };
  Object.assign(reflect, {
    getOwnMetadata,
    defineMetadata,
    getMetadata: (key: MetadataKey, target: object) => {
      for (
        let current: object | null = target;
        current !== null;
        current = Object.getPrototypeOf(current) as object | null
      ) {
        if (byTarget.get(current)?.has(key)) return getOwnMetadata(key, current);
      }
      return undefined;
    },
    metadata: (key: MetadataKey, value: unknown) => (target: object) => defineMetadata(key, value, target),
  } satisfies MetadataReflect);
}
