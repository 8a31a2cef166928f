/**
 * How processes of one proxy pass listening sockets on: one asks for an address, the other sends its sockets one by one, each with a message of its
 * own, as the channel between processes wants it.
 */
import { MeshError } from '@weft/core';
import type { GivenSocket, SocketRequest } from '@weft/proxy';

/** From whoever wants sockets to whoever may have them. */
export type AskMessage = { readonly kind: 'wants'; readonly id: number; readonly request: SocketRequest };

/** The answer: as many messages as there are sockets, or one that says there are none. */
export type GiveMessage =
  | { readonly kind: 'gives'; readonly id: number; readonly remaining: number }
  | { readonly kind: 'hasNone'; readonly id: number }
  | { readonly kind: 'cannotGive'; readonly id: number; readonly reason: string };

/** Sends a message, with a socket if one is given. */
export type Send<M> = (message: M, socket?: GivenSocket) => void;

/** Asks another process for sockets; `onMessage` takes what comes from it, and ignores what is no answer. */
export class SocketAsker {
  readonly #send: Send<AskMessage>;
  /** Key: number of the question. Written by `give` and `onMessage`. */
  readonly #waiting = new Map<number, { readonly sockets: GivenSocket[]; readonly settle: Settle }>();
  #nextId = 1;

  constructor(send: Send<AskMessage>) {
    this.#send = send;
  }

  /** The sockets that the other process has for an address; undefined if it has none. */
  take(request: SocketRequest): Promise<readonly GivenSocket[] | undefined> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { sockets: [], settle: { resolve, reject } });
      this.#send({ kind: 'wants', id, request });
    });
  }

  onMessage(message: GiveMessage, socket: GivenSocket | undefined): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    const { sockets, settle } = waiting;
    if (message.kind === 'gives') {
      if (socket === undefined)
        settle.reject(new MeshError('MESH_LISTEN', 'a socket got lost on its way from another process'));
      else sockets.push(socket);
      if (socket !== undefined && message.remaining > 0) return;
    }
    this.#waiting.delete(message.id);
    if (message.kind === 'gives') settle.resolve(sockets);
    else if (message.kind === 'hasNone') settle.resolve(undefined);
    else settle.reject(new MeshError('MESH_LISTEN', message.reason));
  }

  /** The other process is gone: who waits opens its sockets by itself. */
  onGone(): void {
    for (const { settle } of this.#waiting.values()) settle.resolve(undefined);
    this.#waiting.clear();
  }
}

/** Answers a question with the sockets that are there. */
export function giveSockets(id: number, sockets: readonly GivenSocket[] | undefined, send: Send<GiveMessage>): void {
  if (sockets === undefined || sockets.length === 0) send({ kind: 'hasNone', id });
  else
    for (const [i, socket] of sockets.entries()) send({ kind: 'gives', id, remaining: sockets.length - 1 - i }, socket);
}

interface Settle {
  resolve(sockets: readonly GivenSocket[] | undefined): void;
  reject(reason: Error): void;
}
