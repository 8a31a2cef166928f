/** Validation of a VirtualService with 100 routes, in this process. */
import { type ApiObject, builtinKinds, prepare } from '@weft/api';
import { virtualServiceBody } from './objects.ts';

const ROUTES = 100;
const WARM_UP = 200;
const ROUNDS = 500;

/** Milliseconds of each validation after warming up. */
export function measureValidation(): number[] {
  const object = JSON.parse(virtualServiceBody('big', ROUTES)) as ApiObject;
  const kind = builtinKinds.byApiVersion('networking.istio.io/v1', 'VirtualService')!;
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    const startedAt = performance.now();
    const { issues } = prepare(kind, 'v1', object);
    const ms = performance.now() - startedAt;
    if (issues.length > 0) throw new Error(`the object is not valid: ${issues[0]!.field}: ${issues[0]!.detail}`);
    if (i >= WARM_UP) times.push(ms);
  }
  return times;
}
