/** DELETE of every object that a list would show. */
import { isApiStatusError } from '../../shared/status.ts';
import type { Entry } from '../store/types.ts';
import type { Call, RestContext, Target } from './context.ts';
import { type DeleteOptions, deleteObject } from './delete.ts';
import { entryFilter } from './filter.ts';
import type { ListOptions } from './options.ts';

const AT_ONCE = 64;

/** Deletes the objects one by one (they may be refused one by one) and returns what was deleted. */
export async function deleteCollection(
  context: RestContext,
  target: Target,
  request: { readonly options: DeleteOptions; readonly list: ListOptions; readonly call: Call },
): Promise<{ readonly items: readonly Entry[]; readonly revision: number }> {
  const { options, list, call } = request;
  const namespace = target.namespace === '' ? undefined : target.namespace;
  const result = context.storage.list({
    resource: target.info.id,
    namespace,
    limit: list.limit === 0 ? undefined : list.limit,
    filter: entryFilter(target.info, list, ''),
  });
  if (result.kind !== 'ok') return { items: [], revision: context.storage.revision };
  for (let start = 0; start < result.entries.length; start += AT_ONCE) {
    const batch = result.entries.slice(start, start + AT_ONCE);
    await Promise.all(batch.map((entry) => deleteOne(context, target, { entry, options, call })));
  }
  return { items: result.entries, revision: result.revision };
}

async function deleteOne(
  context: RestContext,
  target: Target,
  one: { readonly entry: Entry; readonly options: DeleteOptions; readonly call: Call },
): Promise<void> {
  const { namespace, name } = one.entry;
  try {
    await deleteObject(context, { ...target, namespace, name }, one.options, one.call);
  } catch (error) {
    // Somebody else deleted it first: that is what was wanted.
    if (!isApiStatusError(error, 'NotFound')) throw error;
  }
}
