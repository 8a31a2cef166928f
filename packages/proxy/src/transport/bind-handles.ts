/** Sockets that are bound and not listened on yet: for other processes, or to find out whether they could be. */
import { chmodSync, renameSync } from 'node:fs';
import { MeshError } from '@weft/core';
import { type BindingHandle, nodeHandles } from './node-handles.ts';
import { isAbstractPath, systemPath } from './socket-path.ts';
import { faultOfStatus } from './system-error.ts';

/** An address of TCP, and how to bind it. */
export interface TcpPlace {
  readonly host: string;
  readonly port: number;
  readonly ipv6Only: boolean;
  /** Whether other sockets may have the same address (SO_REUSEPORT). */
  readonly isShared: boolean;
}

/** Binds an address; throws why it cannot be. That somebody listens there already may show only when the handle is asked for more. */
export function bindTcp({ host, port, ipv6Only, isShared }: TcpPlace): BindingHandle {
  const { TCP, constants } = handles().tcp;
  const handle = new TCP(constants.SERVER) as unknown as BindingHandle;
  const flags = (ipv6Only ? constants.UV_TCP_IPV6ONLY : 0) | (isShared ? constants.UV_TCP_REUSEPORT : 0);
  const status = host.includes(':') ? handle.bind6(host, port, flags) : handle.bind(host, port, flags);
  return checked(handle, status, `${host}:${port}`);
}

/** Binds a path that nothing is at: under another name, for the reason that TcpListener has. Throws why it cannot be. */
export function bindPath(path: string, mode: number): BindingHandle {
  const { Pipe, constants } = handles().pipe;
  const handle = new Pipe(constants.SERVER) as unknown as BindingHandle;
  const isAbstract = isAbstractPath(path);
  const bound = isAbstract ? systemPath(path) : `${path}.${process.pid}`;
  checked(handle, handle.bind(bound), path);
  if (isAbstract) return handle;
  try {
    if (mode !== 0) chmodSync(bound, mode);
    renameSync(bound, path);
  } catch (thrown: unknown) {
    handle.close();
    throw refusal(path, MeshError.from(thrown).message);
  }
  return handle;
}

/** The handle, if the system was content with what was done to it; it is closed otherwise. */
export function checked(handle: BindingHandle, status: number, address: string): BindingHandle {
  if (status === 0) return handle;
  handle.close();
  throw refusal(address, faultOfStatus(status).message);
}

/** Why an address cannot be had. */
export function refusal(address: string, reason: string): MeshError {
  return new MeshError('MESH_LISTEN', `cannot bind ${address}: ${reason}`);
}

function handles(): NonNullable<typeof nodeHandles> {
  if (nodeHandles === undefined)
    throw new MeshError('MESH_LISTEN', 'this Node cannot bind sockets for other processes');
  return nodeHandles;
}
