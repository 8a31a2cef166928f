import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';
import type { DynamicEntry } from '../dynamic-view.ts';

/** What waits for something that it needs, at the start or after a change: with a configuration that is all in the bootstrap, nothing. */
export const INIT_DUMP: AdminEndpoint = {
  path: '/init_dump',
  description: 'dump what waits for something that it needs',
  isMutating: false,
  params: [{ name: 'mask', description: 'the component whose targets are asked for, such as listener' }],
  handle: ({ params }, { dynamic }) => {
    const mask = params.get('mask') ?? '';
    const waiting = (dynamic?.entries() ?? []).filter(
      (entry) => isWaiting(entry) && componentOf(entry).startsWith(mask),
    );
    const dumps = [...Map.groupBy(waiting, componentOf)].map(([component, entries]) => ({
      name: `init manager ${component}`,
      target_names: entries.map(({ name }) => name),
    }));
    return jsonAnswer(dumps.length === 0 ? {} : { unready_targets_dumps: dumps });
  },
};

/** Nothing has come of what others need, or what came waits for others. */
function isWaiting({ active, warming, draining, refused }: DynamicEntry): boolean {
  return warming !== undefined || (active === undefined && draining === undefined && refused === undefined);
}

/** The last part of a type: `cluster`, `listener`. */
function componentOf({ typeName }: DynamicEntry): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1).toLowerCase();
}
