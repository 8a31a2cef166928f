/** Subresources that are no parts of the object (those are in `parts.ts`). One file each, listed here. */
import { binding } from './binding.ts';
import { eviction } from './eviction.ts';
import { finalize } from './finalize.ts';
import { scale } from './scale.ts';
import { token } from './token.ts';
import type { Subresource } from './types.ts';
import { unservedSubresources } from './unserved.ts';

/** All subresources; the first that the resource offers under the name answers. */
export const subresources: readonly Subresource[] = [
  binding,
  eviction,
  finalize,
  scale,
  token,
  ...unservedSubresources,
];
