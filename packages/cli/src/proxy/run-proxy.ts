/** `weft proxy`: from the command line to the end of the process. */
import { type Logger, MeshError } from '@weft/core';
import type { ProxyServer } from '@weft/proxy';
import type { CommandContext } from '../framework/context.ts';
import { tidyHeap } from '../io/tidy-heap.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { createLog } from './create-log.ts';
import { createServer } from './create-server.ts';
import { findPredecessor, type Generation, type Predecessor, type Successor, startSuccessor } from './hot-restart.ts';
import { loadConfig } from './load-config.ts';
import type { ProxyArgs } from './proxy-args.ts';
import { runWatcher } from './run-watcher.ts';
import { runWorker } from './run-worker.ts';
import { tellAddresses } from './tell-addresses.ts';
import { findWorkerLink } from './worker-link.ts';

/** Checks the configuration, or serves until somebody wants the process to end or another one has taken over. */
export async function runProxy(args: ProxyArgs, context: CommandContext): Promise<void> {
  if (args.mode === 'validate') {
    loadConfig(args.config, context);
    context.out.write(`${args.config} is valid\n`);
    return;
  }
  const link = findWorkerLink(context.env);
  if (link !== undefined) return runWorker(args, context, link);
  if (args.concurrency > 1) return runWatcher(args, context);
  const predecessor = findPredecessor(context.env);
  try {
    await serve(args, context, predecessor);
  } catch (thrown: unknown) {
    await predecessor?.failed(MeshError.from(thrown).message);
    throw thrown;
  }
}

type End = 'aborted' | 'quit' | 'handedOver';

async function serve(args: ProxyArgs, context: CommandContext, predecessor: Predecessor | undefined): Promise<void> {
  const { logger, levels } = createLog(args, context);
  const loaded = loadConfig(args.config, context);
  const generation = predecessor?.generation ?? { epoch: 0, firstStartMs: context.clock.now() };
  const server = createServer(loaded, { args, context, logger, levels, generation, sockets: predecessor?.sockets });
  tidyHeap();
  await server.start();
  // Whoever knows where it listens may send signals, which would end a process that does not know them.
  const restarts = args.disableHotRestart ? refuseRestarts(logger) : offerRestarts(server, generation, logger);
  const reopenLogs = () => server.reopenLogs();
  process.on('SIGUSR1', reopenLogs);
  tellAddresses(server, args, context);
  predecessor?.ready((counters) => server.inheritCounters(counters));
  const aborted = untilAborted(context.signal);
  const end = await Promise.race<End>([
    aborted.then(() => 'aborted'),
    server.quitRequested.then(() => 'quit'),
    restarts.handedOver.then((): End => 'handedOver'),
  ]);
  if (end === 'aborted') await server.drain(args.drainTimeS * 1000);
  if (end === 'handedOver') {
    await Promise.race([server.handOver(args.parentShutdownTimeS * 1000), aborted]);
    // What is closed shows its statistics no more.
    await (await restarts.handedOver).leave();
  }
  await server.close();
  predecessor?.close();
  process.off('SIGUSR1', reopenLogs);
  restarts.close();
}

/** What SIGUSR2 does. */
interface Restarts {
  /** Resolves when another process has taken over. */
  readonly handedOver: Promise<Successor>;
  close(): void;
}

/** A process that follows this one when somebody asks for it; one that cannot leaves everything as it is. */
function offerRestarts(server: ProxyServer, { epoch, firstStartMs }: Generation, logger: Logger): Restarts {
  const handedOver = Promise.withResolvers<Successor>();
  let isUnderWay = false;
  return onSignal(handedOver.promise, () => {
    if (isUnderWay) {
      logger.warning('a restart is under way already');
      return;
    }
    isUnderWay = true;
    logger.info('a new process is to take over', { epoch: epoch + 1 });
    const next = { epoch: epoch + 1, firstStartMs };
    startSuccessor({
      generation: next,
      socketsOf: (key) => server.socketsOf(key),
      takeCounters: () => server.takeCounters(),
    }).then(
      (successor) => {
        logger.info('a new process has taken over: this one leaves', { epoch, newProcess: successor.pid });
        handedOver.resolve(successor);
      },
      (error: unknown) => {
        isUnderWay = false;
        logger.error('no restart: this process goes on', { epoch, error });
      },
    );
  });
}

function refuseRestarts(logger: Logger): Restarts {
  const never = new Promise<Successor>(() => undefined);
  return onSignal(never, () => logger.warning('no restart: it is disabled on the command line'));
}

function onSignal(handedOver: Promise<Successor>, restart: () => void): Restarts {
  process.on('SIGUSR2', restart);
  return { handedOver, close: () => process.off('SIGUSR2', restart) };
}
