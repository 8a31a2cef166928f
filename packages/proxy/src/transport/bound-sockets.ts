/**
 * Sockets of a process that does not accept: it has bound them for others, which listen on them. They live as long as somebody needs them, so what
 * waits to be accepted outlives whoever was to accept it.
 */
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { MeshError } from '@weft/core';
import type { GivenSocket, SocketRequest } from './listening-sockets.ts';
import { type BindingHandle, nodeHandles } from './node-handles.ts';
import { isAbstractPath, systemPath } from './socket-path.ts';
import { faultOfStatus } from './system-error.ts';
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

  /** The sockets of an address for one of those that listen: those that share a port are dealt out, others belong to all. Throws when they cannot be bound. */
  take(request: SocketRequest, user: SocketUser): readonly GivenSocket[] {
    let entry = this.#entries.get(request.key);
    if (entry === undefined) {
      entry = { handles: bindAll(request, user.count), path: request.listen.path, users: new Set() };
      this.#entries.set(request.key, entry);
    }
    entry.users.add(user);
    const { handles } = entry;
    return handles.length === 1 ? handles : handles.filter((_, i) => i % user.count === user.index);
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
    for (const [key, entry] of [...this.#entries]) this.#close(key, entry);
  }

  #close(key: string, { handles, path }: Entry): void {
    this.#entries.delete(key);
    for (const handle of handles) handle.close();
    if (path !== undefined && !isAbstractPath(path)) rmSync(path, { force: true });
  }
}

function bindAll({ listen, sharesPort }: SocketRequest, count: number): readonly BindingHandle[] {
  const { path, mode = 0, host = '', port = 0, ipv6Only = false } = listen;
  if (nodeHandles === undefined)
    throw new MeshError('MESH_LISTEN', 'this Node cannot bind sockets for other processes');
  if (path !== undefined) return [bindPath(path, mode)];
  const place = { host, ipv6Only };
  if (!sharesPort) return [bindTcp({ ...place, port, isShared: false })];
  // One that does not share finds out whether another process listens here.
  const probe = bindTcp({ ...place, port, isShared: false });
  const taken = probe.listen(1);
  probe.close();
  check(taken, `${host}:${port}`);
  const first = bindTcp({ ...place, port, isShared: true });
  const bound = { port };
  first.getsockname(bound);
  const handles = [first];
  // Each gets as many as another.
  const total = Math.ceil(SOCKETS_PER_ADDRESS / count) * count;
  while (handles.length < total) handles.push(bindTcp({ ...place, port: bound.port, isShared: true }));
  return handles;
}

interface TcpPlace {
  readonly host: string;
  readonly port: number;
  readonly ipv6Only: boolean;
  readonly isShared: boolean;
}

function bindTcp({ host, port, ipv6Only, isShared }: TcpPlace): BindingHandle {
  const { TCP, constants } = nodeHandles!.tcp;
  const handle = new TCP(constants.SERVER) as unknown as BindingHandle;
  const flags = (ipv6Only ? constants.UV_TCP_IPV6ONLY : 0) | (isShared ? constants.UV_TCP_REUSEPORT : 0);
  const status = host.includes(':') ? handle.bind6(host, port, flags) : handle.bind(host, port, flags);
  if (status !== 0) handle.close();
  check(status, `${host}:${port}`);
  return handle;
}

/** Bound under another name, for the reason that TcpListener has. */
function bindPath(path: string, mode: number): BindingHandle {
  const isAbstract = isAbstractPath(path);
  if (!isAbstract && existsSync(path))
    throw refusal(path, 'something is there already: remove it if no process listens on it');
  const { Pipe, constants } = nodeHandles!.pipe;
  const handle = new Pipe(constants.SERVER) as unknown as BindingHandle;
  const other = isAbstract ? systemPath(path) : `${path}.${process.pid}`;
  const status = handle.bind(other);
  if (status !== 0) handle.close();
  check(status, path);
  if (isAbstract) return handle;
  if (mode !== 0) chmodSync(other, mode);
  renameSync(other, path);
  return handle;
}

function check(status: number, address: string): void {
  if (status !== 0) throw refusal(address, faultOfStatus(status).message);
}

function refusal(address: string, reason: string): MeshError {
  return new MeshError('MESH_LISTEN', `cannot bind ${address}: ${reason}`);
}
