import type { RuntimeValue } from '@weft/engine';
import { type AdminEndpoint, jsonAnswer, textAnswer } from '../admin-endpoint.ts';

/** The values of the runtime layers, and which of them count. */
export const RUNTIME: AdminEndpoint = {
  path: '/runtime',
  description: 'print runtime values',
  isMutating: false,
  params: [],
  handle: (_, { runtime: { layers } }) => {
    const keys = [...new Set(layers.flatMap(({ values }) => [...values.keys()]))].sort();
    const entries = keys.map((key) => {
      const values = layers.map(({ values: all }) => textOf(all.get(key)));
      return [key, { final_value: values.findLast((value) => value !== ''), layer_values: values }] as const;
    });
    return jsonAnswer({ entries: Object.fromEntries(entries), layers: layers.map(({ name }) => name) });
  },
};

const USAGE = `usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN
       or send the parameters as form values
use an empty value to remove a previously added override`;

/** Puts values over those of the configuration. */
export const MODIFY_RUNTIME: AdminEndpoint = {
  path: '/runtime_modify',
  description: 'change runtime values, as in ?key1=value1&key2=value2; an empty value takes a change back',
  isMutating: true,
  params: [],
  handle: ({ params }, { runtime }) => {
    if (params.size === 0) return textAnswer(USAGE, 400);
    if (!runtime.isModifiable) return textAnswer('No admin layer specified', 503);
    runtime.modify(params);
    return textAnswer('OK\n');
  },
};

function textOf(value: RuntimeValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
