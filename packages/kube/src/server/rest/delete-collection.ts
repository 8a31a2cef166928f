/** DELETE of every object that a list would show. */
import { isApiStatusError } from '../../shared/status.ts';
import type { Entry } from '../store/types.ts';
import type { Call, RestContext, Target } from './context.ts';
import { type DeleteOptions, deleteObject } from './delete.ts';
import type { ListOptions } from './options.ts';
import { readPage } from './read.ts';
import type { ListMeta } from './view.ts';

const AT_ONCE = 64;

/** Deletes the objects one by one (they may be refused one by one) and returns what was deleted. */
export async function deleteCollection(
  context: RestContext,
  target: Target,
  request: { readonly options: DeleteOptions; readonly list: ListOptions; readonly call: Call },
): Promise<{ readonly entries: readonly Entry[]; readonly meta: ListMeta }> {
  const { options, list, call } = request;
  const page = readPage(context, target, list);
  const { entries } = page;
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    const batch = entries.slice(start, start + AT_ONCE);
    await Promise.all(batch.map((entry) => deleteOne(context, target, { entry, options, call })));
  }
  return page;
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
