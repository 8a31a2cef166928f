/** One worker, as the process sees it that watches over it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { thrownMessage } from '@weft/core';
import type { BoundSockets, CounterList, GivenSocket, SocketUser } from '@weft/proxy';
import { giveSockets } from './socket-messages.ts';
import {
  type Question,
  type WatcherMessage,
  WORKER_VARIABLE,
  type WorkerIdentity,
  type WorkerMessage,
  type WorkerOrder,
} from './worker-messages.ts';

/** What a worker has to tell. */
export interface WorkerEvents {
  onReady(worker: Worker): void;
  /** It has counted so much since it told last. */
  onCounts(worker: Worker, increments: CounterList): void;
  /** It leaves, and has counted so much. */
  onCounted(worker: Worker, counters: CounterList): void;
  /** Somebody wants all to end. */
  onQuit(): void;
  /** It wants to know something of the others. */
  onAsk(worker: Worker, id: number, question: Question): void;
  onExit(worker: Worker, how: string): void;
}

/** See the file's head. */
export class Worker implements SocketUser {
  readonly identity: WorkerIdentity;
  /** Whether it has told that it serves. */
  isReady = false;
  /** Whether it has been told to end. */
  isLeaving = false;
  /** Why it cannot serve, by its own words. */
  reason = '';
  readonly #child: ChildProcess;
  readonly #sockets: BoundSockets;
  readonly #events: WorkerEvents;
  /** Key: number of the question. */
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #nextId = 1;
  #isGone = false;

  /** Starts a process of the same command line. */
  constructor(identity: WorkerIdentity, sockets: BoundSockets, events: WorkerEvents) {
    this.identity = identity;
    this.#sockets = sockets;
    this.#events = events;
    this.#child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, [WORKER_VARIABLE]: JSON.stringify(identity) },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      // Counts of millions of statistics travel as they are.
      serialization: 'advanced',
    });
    this.#child.on('message', (message: WorkerMessage) => this.#onMessage(message));
    const onExit = (how: string) => {
      if (this.#isGone) return;
      this.#isGone = true;
      for (const resolve of this.#waiting.values()) resolve(undefined);
      events.onExit(this, how);
    };
    this.#child.on('error', (error) => onExit(error.message));
    this.#child.on('exit', (code, signal) => {
      const how = signal ?? `code ${code}`;
      // What it has said last may come after it has ended.
      if (this.#child.connected) this.#child.once('disconnect', () => onExit(how));
      else onExit(how);
    });
  }

  get index(): number {
    return this.identity.index;
  }

  get count(): number {
    return this.identity.count;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Asks it something; undefined if it is gone before it has answered. */
  ask(question: Question): Promise<unknown> {
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#waiting.set(id, resolve);
      this.send({ kind: 'question', id, question });
    });
  }

  order(order: WorkerOrder): void {
    this.isLeaving = true;
    this.send({ kind: 'order', order });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What becomes of a process that is gone is known from its exit. */
  send(message: WatcherMessage, socket?: GivenSocket): void {
    if (this.#child.connected) this.#child.send(message, socket as never, { keepOpen: true }, () => undefined);
  }

  #onMessage(message: WorkerMessage): void {
    switch (message.kind) {
      case 'wants': {
        const { id, request } = message;
        this.#sockets.take(request, this).then(
          (sockets) => {
            // One that ended meanwhile has been forgotten already.
            if (this.#isGone) this.#sockets.release(request.key, this);
            else giveSockets(id, sockets, (each, socket) => this.send(each, socket));
          },
          (thrown: unknown) => this.send({ kind: 'cannotGive', id, reason: thrownMessage(thrown) }),
        );
        return;
      }
      case 'leaves':
        this.#sockets.release(message.key, this);
        return;
      case 'answers':
        this.#waiting.get(message.id)?.(message.answer);
        this.#waiting.delete(message.id);
        return;
      case 'asksOthers':
        this.#events.onAsk(this, message.id, message.question);
        return;
      case 'ready':
        this.isReady = true;
        this.#events.onReady(this);
        return;
      case 'failed':
        this.reason = message.reason;
        return;
      case 'counts':
        this.#events.onCounts(this, message.increments);
        return;
      case 'counted':
        this.#events.onCounted(this, message.counters);
        return;
      case 'quit':
        this.#events.onQuit();
        return;
    }
  }
}
