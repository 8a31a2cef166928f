/** Whether a listener could have its sockets, found out before a control plane hears that it is in use. */
import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { thrownMessage } from '@weft/core';
import type { ListenerRuntime } from '@weft/engine';
import { bindPath, bindTcp, checked, refusal } from '../transport/bind-handles.ts';
import type { ListenPlace } from '../transport/listening-sockets.ts';
import { nodeHandles } from '../transport/node-handles.ts';
import { PipeAddress, type SocketAddress } from '../transport/socket-address.ts';
import { isAbstractPath } from '../transport/socket-path.ts';
import { listenPlaceOf } from './listen-place.ts';

/** Who else has sockets of this proxy. */
export interface BindSurroundings {
  /** Where this process listens: an update may move sockets from one listener to another, which shows only when it is done. */
  readonly own: readonly (SocketAddress | PipeAddress)[];
  /** Whether another process keeps sockets for this one. */
  readonly hasSource: boolean;
}

/** Why an address of a listener cannot be bound; undefined if all can, or if only trying can tell. */
export function findBindProblem(listener: ListenerRuntime, surroundings: BindSurroundings): string | undefined {
  if (!listener.bindsToPort || nodeHandles === undefined) return undefined;
  for (const address of listener.addresses) {
    const place = listenPlaceOf(address);
    try {
      if (place.path === undefined) tryPort(place, listener.reusesPort, surroundings);
      else if (!surroundings.own.some((own) => own instanceof PipeAddress && own.text === place.path))
        tryPath(place.path, surroundings);
    } catch (thrown: unknown) {
      return thrownMessage(thrown);
    }
  }
  return undefined;
}

function tryPort(
  { host = '', port = 0, ipv6Only = false }: ListenPlace,
  reusesPort: boolean,
  { own, hasSource }: BindSurroundings,
): void {
  if (port !== 0 && own.some((address) => address.port === port)) return;
  // Sockets that the other process keeps for this one are no obstacle where they share their port; otherwise they look like anybody's.
  if (hasSource && !reusesPort) return;
  const handle = bindTcp({ host, port, ipv6Only, isShared: hasSource });
  // That the address is in use shows only now.
  checked(handle, handle.getsockname({ port }), `${host}:${port}`).close();
}

function tryPath(path: string, { hasSource }: BindSurroundings): void {
  if (isAbstractPath(path)) {
    if (!hasSource) bindPath(path, 0).close();
    return;
  }
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (thrown: unknown) {
    throw refusal(path, thrownMessage(thrown));
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isSocket()) throw refusal(path, 'something is there that is no socket');
}
