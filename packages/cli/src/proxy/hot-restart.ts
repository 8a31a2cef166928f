/**
 * Hot restart: a new process of the same command line takes over the listening sockets while this one serves on, and this one leaves when the new
 * one says that it is ready. The sockets are the same ones in both, so nobody who waits to be accepted is lost, whoever of the two goes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { CounterList, GivenSocket, SocketSource } from '@weft/proxy';
import { type AskMessage, type GiveMessage, giveSockets, SocketAsker } from './socket-messages.ts';

/** What the next process is to know of those before it. */
export interface Generation {
  /** How many processes it follows. */
  readonly epoch: number;
  /** Of the wall clock: when the first of them started. */
  readonly firstStartMs: number;
}

/** What the process before says to a new one. */
type PredecessorMessage = GiveMessage | { readonly kind: 'counted'; readonly counters: CounterList };

/** What a new process says to the one before. */
type SuccessorMessage = AskMessage | { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly reason: string };

/** Which processes can take over from one another: those that send each other these messages. */
export const HOT_RESTART_VERSION = 'weft.1';

const VARIABLE = 'WEFT_GENERATION';

/** After so long a new process that is not ready is given up. */
const START_MS = 120_000;

/** The process before, as the one sees it that is to take over. */
export interface Predecessor {
  readonly generation: Generation;
  readonly sockets: SocketSource;
  /** The process before can leave; what it has counted is told at once, and again when it ends. */
  ready(onCounters: (counters: CounterList) => void): void;
  /** The process before is to go on. Resolves when it knows. */
  failed(reason: string): Promise<void>;
  /** Listens to the process before no more. */
  close(): void;
}

/** Finds the process that this one is to follow; undefined if it is the first. */
export function findPredecessor(env: Readonly<Record<string, string | undefined>>): Predecessor | undefined {
  const text = env[VARIABLE];
  if (text === undefined || process.send === undefined) return undefined;
  const send = (message: SuccessorMessage, done?: () => void) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => done?.());
    else done?.();
  };
  const asker = new SocketAsker((message) => send(message));
  let tell: ((counters: CounterList) => void) | undefined;
  const onMessage = (message: PredecessorMessage, socket: unknown) => {
    if (message.kind === 'counted') tell?.(message.counters);
    else asker.onMessage(message, socket as GivenSocket | undefined);
  };
  process.on('message', onMessage);
  process.once('disconnect', () => asker.onGone());
  const leave = () => {
    process.off('message', onMessage);
    if (process.connected) process.disconnect();
  };
  return {
    generation: JSON.parse(text) as Generation,
    sockets: {
      take: (request) => (process.connected ? asker.take(request) : Promise.resolve(undefined)),
      release: () => undefined,
      keepsPaths: false,
    },
    ready: (onCounters) => {
      tell = onCounters;
      send({ kind: 'ready' });
    },
    failed: (reason) =>
      new Promise((resolve) => {
        send({ kind: 'failed', reason }, () => {
          leave();
          resolve();
        });
      }),
    close: leave,
  };
}

/** What the process before does for the next one. */
export interface SuccessorParts {
  readonly generation: Generation;
  readonly socketsOf: (key: string) => readonly GivenSocket[] | undefined;
  readonly takeCounters: () => CounterList;
}

/** A process that has taken over. */
export interface Successor {
  readonly pid: number;
  /** Tells it what was counted in the end; resolves when it knows. */
  leave(): Promise<void>;
}

/** Starts a process of the same command line; resolves when it has taken over, and rejects with the reason why it has not. */
export function startSuccessor({ generation, socketsOf, takeCounters }: SuccessorParts): Promise<Successor> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [VARIABLE]: JSON.stringify(generation) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`it was not ready after ${START_MS / 1000} seconds`);
    }, START_MS);
    const settle = () => {
      clearTimeout(timer);
      child.removeAllListeners();
      // What becomes of it is not our business any more.
      child.on('error', () => undefined);
      child.unref();
      child.channel?.unref();
    };
    const fail = (reason: string) => {
      settle();
      reject(new Error(`the new process cannot take over: ${reason}`));
    };
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) => fail(`it ended with ${signal ?? `code ${code}`}`));
    child.on('message', (message: SuccessorMessage) => {
      if (message.kind === 'wants') give(child, message, socketsOf);
      else if (message.kind === 'failed') fail(message.reason);
      else {
        settle();
        const tell = (done: () => void) =>
          sendTo(child, { kind: 'counted', counters: takeCounters() }, undefined, done);
        tell(() => undefined);
        const leave = () => new Promise<void>((left) => tell(left));
        resolve({ pid: child.pid ?? 0, leave });
      }
    });
  });
}

function give(child: ChildProcess, { id, request }: AskMessage, socketsOf: SuccessorParts['socketsOf']): void {
  giveSockets(id, socketsOf(request.key), (message, socket) => sendTo(child, message, socket, () => undefined));
}

/** What becomes of a child that is gone is known from its exit. */
function sendTo(
  child: ChildProcess,
  message: PredecessorMessage,
  socket: GivenSocket | undefined,
  done: () => void,
): void {
  if (child.connected) child.send(message, socket as never, { keepOpen: true }, () => done());
  else done();
}
