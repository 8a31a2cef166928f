import { compileRegex } from '@weft/engine';
import { type AdminEndpoint, jsonAnswer, textAnswer } from '../admin-endpoint.ts';
import { collectDumps, ITEM_LISTS } from '../config-dump/dumps.ts';
import { applyMask, parseMask } from '../config-dump/field-mask.ts';
import type { JsonObject } from '../config-dump/json-object.ts';

/** The configuration that is in use; secrets are hidden. */
export const CONFIG_DUMP: AdminEndpoint = {
  path: '/config_dump',
  description: 'dump current configs',
  isMutating: false,
  params: [
    { name: 'resource', description: 'the list whose items are dumped, such as static_clusters' },
    { name: 'mask', description: 'the fields that are dumped (a FieldMask), of every item where a resource is given' },
    { name: 'name_regex', description: 'only what has a name that this expression matches (Google re2)' },
    { name: 'include_eds', description: 'endpoints too' },
  ],
  handle: ({ params }, subject) => {
    const pattern = params.get('name_regex') ?? '';
    const regex = pattern === '' ? undefined : compileRegex(pattern, '');
    if (regex?.kind === 'err')
      return textAnswer(`Error while parsing name_regex: ${regex.error[0]?.reason ?? ''}`, 400);
    const isNamed = (name: string) => regex === undefined || regex.value.matches(name);
    const dumps = collectDumps(subject, { isNamed, includesEndpoints: params.has('include_eds') });
    const mask = parseMask(params.get('mask') ?? '');
    const masked = (config: JsonObject) => (mask === undefined ? config : applyMask(config, mask));
    const resource = params.get('resource') ?? '';
    if (resource === '') {
      const configs = dumps.map(masked).filter((config) => mask === undefined || Object.keys(config).length > 1);
      return jsonAnswer({ configs });
    }
    const item = ITEM_LISTS.get(resource);
    if (item === undefined) {
      const isField = dumps.some((dump) => Object.hasOwn(dump, resource));
      return isField
        ? textAnswer(`${resource} is not a repeated field. Use ?mask=${resource} to get only this field`, 400)
        : textAnswer(`${resource} not found in config dump`, 404);
    }
    const lists = dumps.map((dump) => dump[resource]).filter(Array.isArray) as JsonObject[][];
    const items = lists.flat().map((each) => masked({ '@type': item, ...each }));
    return jsonAnswer(items.length === 0 ? {} : { configs: items });
  },
};
