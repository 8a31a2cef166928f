/**
 * Sockets of a process that does not accept: it has bound them for others, which listen on them. They live as long as somebody needs them, so what
 * waits to be accepted outlives whoever was to accept it.
 */
import { rmSync } from 'node:fs';
import { MeshError } from '@weft/core';
import { removeAbandoned } from './abandoned-path.ts';
import { bindPath, bindTcp, checked } from './bind-handles.ts';
import type { GivenSocket, SocketRequest } from './listening-sockets.ts';
import type { BindingHandle } from './node-handles.ts';
import { isAbstractPath } from './socket-path.ts';
import { SOCKETS_PER_ADDRESS } from './tcp-listener.ts';

/** One of those that listen. */
export interface SocketUser {
  /** Which of them it is, from 0. */
  readonly index: number;
  readonly count: number;
}

interface Entry {
  readonly handles: readonly BindingHandle[];
  readonly path: string | undefined;
  readonly users: Set<SocketUser>;
}

/** See the file's head. */
export class BoundSockets {
  /** Key: that of the request. Written by `take`, `release` and `close`. */
  readonly #entries = new Map<string, Entry>();
  /** Addresses are bound one after the other, so that two who want the same one share it. */
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** The sockets of an address for one of those that listen: those that share a port are dealt out, others belong to all. Rejects when they cannot be bound. */
  take(request: SocketRequest, user: SocketUser): Promise<readonly GivenSocket[]> {
    const taken = this.#turn.then(() => this.#take(request, user));
    // Whoever asks hears of what fails; who comes next has a turn nevertheless.
    this.#turn = taken.then(
      () => undefined,
      () => undefined,
    );
    return taken;
  }

  /** One of them does not listen there any more; when nobody does, new connections are refused. */
  release(key: string, user: SocketUser): void {
    const entry = this.#entries.get(key);
    if (entry?.users.delete(user) !== true || entry.users.size > 0) return;
    this.#close(key, entry);
  }

  /** One of them is gone for good. */
  releaseAll(user: SocketUser): void {
    for (const key of [...this.#entries.keys()]) this.release(key, user);
  }

  /** Closes everything here; who listens goes on. */
  close(): void {
    this.#isClosed = true;
    for (const [key, entry] of [...this.#entries]) this.#close(key, entry);
  }

  async #take(request: SocketRequest, user: SocketUser): Promise<readonly GivenSocket[]> {
    const { key, listen } = request;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (listen.path !== undefined) await removeAbandoned(listen.path);
      if (this.#isClosed) throw new MeshError('MESH_ABORTED', 'no more sockets are opened');
      entry = { handles: bindAll(request, user.count), path: listen.path, users: new Set() };
      this.#entries.set(key, entry);
    }
    entry.users.add(user);
    const { handles } = entry;
    return handles.length === 1 ? handles : handles.filter((_, i) => i % user.count === user.index);
  }

  #close(key: string, { handles, path }: Entry): void {
    this.#entries.delete(key);
    for (const handle of handles) handle.close();
    if (path !== undefined && !isAbstractPath(path)) rmSync(path, { force: true });
  }
}

function bindAll({ listen, sharesPort }: SocketRequest, count: number): readonly BindingHandle[] {
  const { path, mode = 0, host = '', port = 0, ipv6Only = false } = listen;
  if (path !== undefined) return [bindPath(path, mode)];
  const place = { host, ipv6Only };
  if (!sharesPort) return [bindTcp({ ...place, port, isShared: false })];
  const address = `${host}:${port}`;
  // One that does not share finds out whether another process listens here.
  const probe = bindTcp({ ...place, port, isShared: false });
  checked(probe, probe.listen(1), address).close();
  const handles: BindingHandle[] = [];
  try {
    const first = bindTcp({ ...place, port, isShared: true });
    handles.push(first);
    const bound = { port };
    checked(first, first.getsockname(bound), address);
    // Each gets as many as another.
    const total = Math.ceil(SOCKETS_PER_ADDRESS / count) * count;
    while (handles.length < total) handles.push(bindTcp({ ...place, port: bound.port, isShared: true }));
  } catch (thrown: unknown) {
    for (const handle of handles) handle.close();
    throw thrown;
  }
  return handles;
}
