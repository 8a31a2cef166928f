/** What controllers say about routes and policies. */
import { list, object, required } from '../../schema/index.ts';
import { conditions } from './conditions.ts';
import { parentReference } from './parent-ref.ts';
import { controllerName } from './scalars.ts';

const routeParentStatus = object('How one parent sees the route.', {
  parentRef: required(parentReference),
  controllerName: required(controllerName('Controller that wrote this entry.')),
  conditions: required(conditions('Whether the parent accepts the route, and why.', { minItems: 1 })),
});

/** The status of every kind of route. */
export const routeStatus = object('How the parents of the route see it.', {
  parents: required(
    list('One entry for each parent and controller.', routeParentStatus, { listType: 'atomic', maxItems: 32 }),
  ),
});

const policyAncestorStatus = object('How the policy takes effect below one ancestor.', {
  ancestorRef: required(parentReference),
  controllerName: required(controllerName('Controller that wrote this entry.')),
  conditions: required(conditions('Whether the policy is in effect there, and why.', { minItems: 1 })),
});

/** The status of every kind of policy. */
export const policyStatus = object('Where the policy takes effect.', {
  ancestors: required(
    list('One entry for each ancestor, usually a Gateway.', policyAncestorStatus, { listType: 'atomic', maxItems: 16 }),
  ),
});
