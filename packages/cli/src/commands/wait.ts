import { type AnyKind, type ApiObject, builtinKinds } from '@weft/api';
import { describeError, formatDurationMs, isMeshError, type Timer, UserError, withDeadline } from '@weft/core';
import { type Informer, type KubeClient, resourceOf } from '@weft/kube/client';
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { arg, flag } from '../framework/flags.ts';
import { type CommandResult, textResult } from '../framework/result.ts';
import { connectCluster } from '../io/cluster-client.ts';
import { printable } from '../output/text-width.ts';
import { GOALS, type Goal, type Judgement, judgeStatus } from '../wait/judge-status.ts';

export default defineCommand({
  description:
    'Waits until an object is in effect: until all proxies that it concerns run its newest generation, as the control plane ' +
    'writes into its status. Meanwhile it says on standard error what it waits for. Exits with 1 when the object is not accepted, ' +
    'a proxy refuses it, or the time is up.',
  status: 'experimental',
  shared: ['output', 'namespace', 'cluster'],
  args: { object: arg.required('the object, as KIND/NAME or KIND/NAME.NAMESPACE') },
  flags: {
    for: flag.choice(GOALS, {
      description: 'what to wait for; accepted: that the control plane finds no mistake in it',
      default: 'effective',
    }),
    timeout: flag.durationMs({ description: 'how long to wait', default: 30_000 }),
  },
  examples: [
    { title: 'After a change', command: 'weft wait virtualservice/reviews.shop' },
    { title: 'Only until it is checked', command: 'weft wait dr/reviews -n shop --for accepted --timeout 10s' },
  ],
  async run({ object, for: goal, timeout }, context) {
    const target = parseTarget(object, context);
    const client = await connectCluster(context);
    try {
      const namespace = target.namespace ?? client.namespace;
      return await waitFor({ ...target, namespace, goal, timeoutMs: timeout }, client, context);
    } finally {
      await client.close();
    }
  },
});

interface Target {
  readonly kind: AnyKind;
  readonly name: string;
  readonly namespace: string | undefined;
}

interface Wait extends Target {
  readonly namespace: string;
  readonly goal: Goal;
  readonly timeoutMs: number;
}

/** Before proxies have answered, a status may tell of refusals of the generation before; one that stays is meant. */
const REFUSAL_STAYS_MS = 2000;

async function waitFor(wait: Wait, client: KubeClient, context: CommandContext): Promise<CommandResult> {
  const { kind, name, namespace, goal, timeoutMs } = wait;
  const { clock, signal, err } = context;
  const title = `${kind.kind} ${namespace}/${name}`;
  // An informer would try again and again: what cannot be read at all is told at once.
  const object = await client.resource(kind, { namespace }).find(name, { signal });
  if (object === undefined) throw new UserError(`there is no ${title}`, { code: 'MESH_API_STATUS' });
  const lease = client.informers.acquire<ApiObject>(
    { resource: resourceOf(kind), namespace, fieldSelector: `metadata.name=${name}` },
    { name: 'wait' },
  );
  let last: Judgement = { kind: 'waiting', message: 'the API server has not answered' };
  const startedMs = clock.monotonic();
  try {
    const work = { what: `waiting for ${title}`, signal };
    last = await withDeadline(clock, timeoutMs, work, (abort) =>
      follow({ informer: lease.informer, goal, context, abort }, (judgement) => {
        if (judgement.message !== last.message) err.write(`${title}: ${printable(judgement.message)}\n`);
        last = judgement;
      }),
    );
  } catch (thrown) {
    if (!isMeshError(thrown) || thrown.code !== 'MESH_DEADLINE_EXCEEDED') throw thrown;
    const problem = lease.informer.problem;
    const reason = problem === undefined ? last.message : describeError(problem);
    const message = `timed out after ${formatDurationMs(timeoutMs)}: ${reason}`;
    last = { kind: 'failed', message: `${message}; weft proxy-status tells which proxies are behind` };
  } finally {
    await lease.release();
  }
  const tookMs = Math.round(clock.monotonic() - startedMs);
  const isReached = last.kind === 'reached';
  const mark = isReached ? context.style.green('✓') : context.style.red('✗');
  const data = { kind: kind.kind, namespace, name, goal, isReached, message: last.message, tookMs };
  return textResult(data, `${mark} ${title}: ${printable(last.message)}`, isReached ? 'yes' : 'no');
}

interface Following {
  readonly informer: Informer<ApiObject>;
  readonly goal: Goal;
  readonly context: CommandContext;
  readonly abort: AbortSignal;
}

/** Resolves with the judgement that ends the wait; tells of all before. */
async function follow(
  { informer, goal, context, abort }: Following,
  tell: (judgement: Judgement) => void,
): Promise<Judgement> {
  const end = Promise.withResolvers<Judgement>();
  let refusal: Timer | undefined;
  const see = (object: ApiObject): void => {
    const judgement = judgeStatus(object, goal);
    refusal?.cancel();
    if (judgement.kind === 'reached' || judgement.kind === 'failed') {
      end.resolve(judgement);
      return;
    }
    tell(judgement);
    if (judgement.kind === 'refused') refusal = context.clock.setTimer(REFUSAL_STAYS_MS, () => end.resolve(judgement));
  };
  informer.addHandler({
    onAdd: see,
    onUpdate: see,
    onDelete: () => end.resolve({ kind: 'failed', message: 'it was deleted' }),
  });
  // Nobody listens any more; what counts is that the timer goes.
  abort.addEventListener('abort', () => end.resolve({ kind: 'failed', message: 'nobody waits' }), { once: true });
  try {
    await informer.waitForSync(abort);
    if (informer.cache.size === 0) return { kind: 'failed', message: 'it was deleted' };
    return await end.promise;
  } finally {
    refusal?.cancel();
  }
}

/** Kinds whose objects have a status that the control plane writes. */
function hasMeshStatus({ group, hasStatus }: AnyKind): boolean {
  return hasStatus === true && group.endsWith('.istio.io');
}

function parseTarget(text: string, { namespace }: CommandContext): Target {
  const slash = text.indexOf('/');
  const [kindName, name] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  if (kindName === '' || name === '') {
    throw new UserError(`${JSON.stringify(text)} names no object`, {
      hint: 'write it as KIND/NAME or KIND/NAME.NAMESPACE',
    });
  }
  const found = builtinKinds.find(kindName);
  const kind = found.find(hasMeshStatus);
  if (kind === undefined) {
    const hint = 'weft api-resources --api-group networking.istio.io lists kinds that it is written on';
    if (found.length === 0)
      throw new UserError(`there is no kind ${kindName}`, { hint: 'weft api-resources lists the kinds' });
    throw new UserError(`the control plane writes no status on a ${found[0]!.kind}, so nobody can wait for it`, {
      hint,
    });
  }
  // With a namespace of its own the name is whole, dots and all.
  const dot = namespace === undefined ? name.lastIndexOf('.') : -1;
  return dot === -1 ? { kind, name, namespace } : { kind, name: name.slice(0, dot), namespace: name.slice(dot + 1) };
}
