/** One of the processes that share the work of a proxy. */
import { type Clock, MeshError, type Timer } from '@weft/core';
import type { ProxyServer } from '@weft/proxy';
import type { CommandContext } from '../framework/context.ts';
import { EXIT } from '../framework/exit-codes.ts';
import { tidyHeap } from '../io/tidy-heap.ts';
import { untilAborted } from '../io/until-aborted.ts';
import { createLog } from './create-log.ts';
import { createServer } from './create-server.ts';
import { loadConfig } from './load-config.ts';
import type { ProxyArgs } from './proxy-args.ts';
import { tellAddresses } from './tell-addresses.ts';
import type { WorkerLink } from './worker-link.ts';
import type { WorkerOrder } from './worker-messages.ts';

/** Serves until it is told to end. What goes wrong before is told by the process that watches over it. */
export async function runWorker(args: ProxyArgs, context: CommandContext, link: WorkerLink): Promise<void> {
  try {
    await serve(args, context, link);
  } catch (thrown: unknown) {
    await link.failed(MeshError.from(thrown).message);
    process.exitCode = EXIT.no;
  } finally {
    link.close();
  }
}

async function serve(args: ProxyArgs, context: CommandContext, link: WorkerLink): Promise<void> {
  const { index, generation } = link.identity;
  const { logger, levels } = createLog(args, context);
  const loaded = loadConfig(args.config, context);
  const isFirst = index === 0;
  // One admin interface speaks for all.
  const bootstrap = isFirst ? loaded.bootstrap : { ...loaded.bootstrap, admin: undefined };
  const server = createServer(
    { ...loaded, bootstrap },
    { args, context, logger, levels, generation, sockets: link.sockets, workers: isFirst ? link.workers : undefined },
  );
  tidyHeap();
  await server.start();
  link.ready(server);
  const counts = tellCountsRegularly(link, server, context.clock);
  const reopenLogs = () => server.reopenLogs();
  process.on('SIGUSR1', reopenLogs);
  const aborted = untilAborted(context.signal);
  if (isFirst) void link.allReady.then(() => tellAddresses(server, args, context));
  void server.quitRequested.then(() => link.quit());
  const order = await Promise.race<WorkerOrder>([link.order, aborted.then(() => 'drain')]);
  if (order === 'drain') await Promise.race([server.drain(args.drainTimeS * 1000), endOrdered(link)]);
  if (order === 'handOver') {
    await Promise.race([server.handOver(args.parentShutdownTimeS * 1000), aborted]);
    // What is closed shows its statistics no more.
    await link.counted(server);
  }
  counts.cancel();
  await server.close();
  process.off('SIGUSR1', reopenLogs);
}

/** So much of what it has counted is lost at most with a worker that ends without a word. */
const COUNTS_MS = 5000;

function tellCountsRegularly(link: WorkerLink, server: ProxyServer, clock: Clock): Pick<Timer, 'cancel'> {
  let timer: Timer;
  const begin = () => {
    timer = clock.setTimer(COUNTS_MS, () => {
      link.tellCounts(server);
      begin();
    });
    timer.unref();
  };
  begin();
  return { cancel: () => timer.cancel() };
}

/** Whoever drains because of a signal may still be told to end at once. */
async function endOrdered(link: WorkerLink): Promise<void> {
  if ((await link.order) !== 'end') await new Promise(() => undefined);
}
