/** Subresources that need somebody who runs pods. They are known, and refused by name. */
import type { AnyKind } from '@weft/api';
import { notFound } from '../../../shared/api-errors.ts';
import { ApiStatusError } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import type { RestContext } from '../context.ts';
import type { Subresource, SubresourceRequest } from './types.ts';

const VERBS = ['create', 'delete', 'get', 'patch', 'update'];

function unserved(kind: AnyKind, name: string): Subresource {
  return {
    name,
    verbs: VERBS,
    isUnlisted: true,
    offers: (info) => info.kind === kind,
    answer(context: RestContext, { target }: SubresourceRequest): never {
      if (context.storage.get(target.info.id, target.namespace, target.name) === undefined) {
        throw notFound(target.info.kind, target.name);
      }
      const message = `${target.info.kind.plural}/${name} is not served: nothing runs pods on this API server`;
      throw new ApiStatusError({ statusCode: 501, reason: '', message }, { retry: 'never' });
    },
  };
}

/** All of them. */
export const unservedSubresources: readonly Subresource[] = [
  ...['attach', 'exec', 'log', 'portforward', 'proxy'].map((name) => unserved(kinds.pod, name)),
  unserved(kinds.node, 'proxy'),
  unserved(kinds.service, 'proxy'),
];
