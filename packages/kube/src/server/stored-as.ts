/** Kinds that are another view of a kind's objects: both groups serve one collection, as in Kubernetes. */
import { type AnyKind, type ApiObject, builtinKinds, kubernetes } from '@weft/api';
import { invariant } from '@weft/core';

/** How a kind's objects are kept as those of another kind, in that kind's storage version. */
export interface StoredAs {
  readonly kind: AnyKind;
  readonly toStored: (object: ApiObject) => ApiObject;
  readonly fromStored: (object: ApiObject) => ApiObject;
}

const { core, events } = kubernetes;

const STORED_AS: ReadonlyMap<AnyKind, StoredAs> = new Map([
  [
    builtin(events.event),
    {
      kind: builtin(core.event),
      // What one of the two requires, the other may leave out.
      toStored: (object) => ({ involvedObject: {}, ...events.eventToCore(object) }),
      fromStored: (object) => ({ eventTime: null, ...events.eventFromCore(object) }),
    },
  ],
]);

/** The kind that the objects of `kind` are kept as; undefined for most, which are kept as what they are. */
export function storedAs(kind: AnyKind): StoredAs | undefined {
  return STORED_AS.get(kind);
}

/** The kind as the registry has it. */
function builtin({ group, kind }: { readonly group: string; readonly kind: string }): AnyKind {
  const found = builtinKinds.byApiVersion(group === '' ? 'v1' : `${group}/v1`, kind);
  invariant(found !== undefined, `no built-in kind ${kind} in ${group}`);
  return found;
}
