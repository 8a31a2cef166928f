/** What connects a worker with the process that watches over it. */
import { MeshError } from '@weft/core';
import type { AdminWorkers, GivenSocket, ProxyServer, SocketSource } from '@weft/proxy';
import { CounterIncrements } from './former-counters.ts';
import { SocketAsker } from './socket-messages.ts';
import {
  type Question,
  type WatcherMessage,
  WORKER_VARIABLE,
  type WorkerIdentity,
  type WorkerMessage,
  type WorkerOrder,
} from './worker-messages.ts';

type HostCounts = Awaited<ReturnType<AdminWorkers['takeHostCounts']>>;
type Stats = Awaited<ReturnType<AdminWorkers['takeStats']>>;

/** See the file's head. */
export class WorkerLink {
  readonly identity: WorkerIdentity;
  readonly sockets: SocketSource;
  readonly workers: AdminWorkers;
  /** Resolves when all workers serve for the first time. */
  readonly allReady: Promise<void>;
  /** Resolves with how this one is to end; a process that nobody watches over any more drains. */
  readonly order: Promise<WorkerOrder>;
  readonly #asker = new SocketAsker((message) => this.#send(message));
  readonly #markAllReady: () => void;
  readonly #setOrder: (order: WorkerOrder) => void;
  /** Key: number of the question. */
  readonly #waiting = new Map<number, (answers: readonly unknown[] | undefined) => void>();
  readonly #increments = new CounterIncrements();
  #nextId = 1;
  #areReady = false;
  #restarts = 0;
  #server: ProxyServer | undefined;

  constructor(identity: WorkerIdentity) {
    this.identity = identity;
    const allReady = Promise.withResolvers<void>();
    const order = Promise.withResolvers<WorkerOrder>();
    this.allReady = allReady.promise;
    this.order = order.promise;
    this.#markAllReady = allReady.resolve;
    this.#setOrder = order.resolve;
    this.sockets = {
      take: (request) => (process.connected ? this.#asker.take(request) : Promise.resolve(undefined)),
      release: (key) => this.#send({ kind: 'leaves', key }),
      keepsPaths: true,
    };
    const areReady = () => this.#areReady;
    const restarts = () => this.#restarts;
    this.workers = {
      count: identity.count,
      get areReady() {
        return areReady();
      },
      get restarts() {
        return restarts();
      },
      takeStats: async () => (await this.#askOthers({ kind: 'stats' })) as Stats,
      takeHostCounts: async () => (await this.#askOthers({ kind: 'hostCounts' })) as HostCounts,
      forward: async (call) => {
        const answers = await this.#askOthers({ kind: 'call', call });
        if (answers.includes(false)) throw new MeshError('MESH_ABORTED', 'one of the other workers could not do it');
      },
    };
    process.on('message', (message: WatcherMessage, socket: unknown) =>
      this.#onMessage(message, socket as GivenSocket | undefined),
    );
    process.once('disconnect', () => {
      this.#asker.onGone();
      for (const settle of this.#waiting.values()) settle(undefined);
      this.#waiting.clear();
      this.#setOrder('drain');
    });
  }

  /** This one serves, and answers questions from now on. */
  ready(server: ProxyServer): void {
    this.#server = server;
    this.#send({ kind: 'ready' });
  }

  /** Resolves when the other process knows. */
  failed(reason: string): Promise<void> {
    return new Promise((resolve) => this.#send({ kind: 'failed', reason }, resolve));
  }

  /** Tells what it has counted since it told last. */
  tellCounts(server: ProxyServer): void {
    const increments = this.#increments.take(server.takeOwnCounters());
    if (increments.length > 0) this.#send({ kind: 'counts', increments });
  }

  /** Tells what it has counted in the end; resolves when the other process knows. */
  counted(server: ProxyServer): Promise<void> {
    return new Promise((resolve) => this.#send({ kind: 'counted', counters: server.takeOwnCounters() }, resolve));
  }

  /** Somebody wants all of the proxy to end. */
  quit(): void {
    this.#send({ kind: 'quit' });
  }

  close(): void {
    process.removeAllListeners('message');
    process.removeAllListeners('disconnect');
    if (process.connected) process.disconnect();
  }

  #onMessage(message: WatcherMessage, socket: GivenSocket | undefined): void {
    switch (message.kind) {
      case 'readiness':
        this.#areReady = message.areReady;
        this.#restarts = message.restarts;
        if (message.areReady) this.#markAllReady();
        return;
      case 'question':
        this.#send({ kind: 'answers', id: message.id, answer: this.#answer(message.question) });
        return;
      case 'othersSay':
        this.#waiting.get(message.id)?.(message.answers);
        this.#waiting.delete(message.id);
        return;
      case 'inherit':
        this.#server?.inheritCounters(message.counters);
        return;
      case 'order':
        this.#setOrder(message.order);
        return;
      case 'gives':
      case 'hasNone':
      case 'cannotGive':
        this.#asker.onMessage(message, socket);
    }
  }

  #answer(question: Question): unknown {
    switch (question.kind) {
      case 'stats':
        return this.#server?.takeStats();
      case 'hostCounts':
        return this.#server?.takeHostCounts();
      case 'counters':
        return this.#server?.takeOwnCounters();
      case 'call':
        return this.#server?.answer(question.call);
    }
  }

  async #askOthers(question: Question): Promise<readonly unknown[]> {
    const answers = process.connected ? await this.#answersOfOthers(question) : undefined;
    if (answers === undefined)
      throw new MeshError('MESH_DEADLINE_EXCEEDED', 'one of the other workers does not answer');
    return answers;
  }

  #answersOfOthers(question: Question): Promise<readonly unknown[] | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ kind: 'asksOthers', id, question });
    });
  }

  #send(message: WorkerMessage, done?: () => void): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => done?.());
    else done?.();
  }
}

/** The link of this process; undefined if it is no worker. */
export function findWorkerLink(env: Readonly<Record<string, string | undefined>>): WorkerLink | undefined {
  const text = env[WORKER_VARIABLE];
  if (text === undefined || process.send === undefined) return undefined;
  return new WorkerLink(JSON.parse(text) as WorkerIdentity);
}
