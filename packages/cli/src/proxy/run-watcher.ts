/** The process that watches over the workers of a proxy. It accepts no connection and reads no configuration itself. */
import { systemRandom, UserError } from '@weft/core';
import type { CommandContext } from '../framework/context.ts';
import { tidyHeap } from '../io/tidy-heap.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { createLog } from './create-log.ts';
import type { ProxyArgs } from './proxy-args.ts';
import { WorkerPool } from './worker-pool.ts';

/** Runs until somebody wants the proxy to end, and its workers have. */
export async function runWatcher(args: ProxyArgs, context: CommandContext): Promise<void> {
  const { logger } = createLog(args, context);
  // All that it loads is for the workers.
  tidyHeap();
  const quit = Promise.withResolvers<void>();
  const pool = new WorkerPool({
    count: args.concurrency,
    clock: context.clock,
    random: systemRandom,
    logger,
    onQuit: () => quit.resolve(),
  });
  const reopenLogs = () => pool.signal('SIGUSR1');
  const replace = () => {
    if (args.disableHotRestart) {
      logger.warning('no restart: it is disabled on the command line');
      return;
    }
    logger.info('new workers are to take over');
    pool.replace().then(
      () => logger.info('new workers have taken over: those before leave'),
      (error: unknown) => logger.error('no restart: the workers go on', { error }),
    );
  };
  process.on('SIGUSR1', reopenLogs);
  process.on('SIGUSR2', replace);
  const aborted = untilAborted(context.signal);
  try {
    const isStarted = await Promise.race([pool.start().then(() => true), aborted.then(() => false)]);
    if (!isStarted) await pool.end('end');
    else if ((await Promise.race([aborted.then(() => 'drain' as const), quit.promise])) === 'drain')
      await pool.end('drain');
    else await pool.end('end');
  } catch (thrown: unknown) {
    pool.kill();
    throw new UserError(`no worker can serve: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
      cause: thrown,
    });
  } finally {
    process.off('SIGUSR1', reopenLogs);
    process.off('SIGUSR2', replace);
  }
}
