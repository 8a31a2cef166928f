import type { Action } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { Matcher } from '@weft/proto/xds/type/matcher/v3/matcher';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { compileMatcherTree } from '../matcher/matcher-tree.ts';
import { type ExtensionMessage, unpackExtension } from '../route/extension.ts';
import { type RbacAction, type RbacEngine, rbacActionOf } from './engine.ts';
import type { RbacContext } from './rbac-context.ts';
import { createVerdict, type RbacMode } from './verdict.ts';

/** What is supported of the actions of matchers. */
export const RBAC_ACTION_SUPPORT = [supports<Action>('envoy.config.rbac.v3.Action', { name: true, action: true })];

interface NamedAction {
  readonly name: string;
  readonly action: RbacAction;
}

/** Compiles rules in the form of a matcher; undefined when there was a problem. Where nothing matches, access is denied. */
export function compileRbacMatcher(
  message: Matcher,
  mode: RbacMode,
  path: string,
  context: RbacContext,
): RbacEngine | undefined {
  const actions: NamedAction[] = [];
  const compileAction = (extension: ExtensionMessage, at: string): number | undefined => {
    const action = compileNamedAction(extension, at, context);
    return action === undefined ? undefined : actions.push(action) - 1;
  };
  const tree = compileMatcherTree(message, { inputs: context.inputs, compileAction }, path, context);
  if (tree === undefined) return undefined;
  const hasLog = actions.some(({ action }) => action === 'LOG');
  const verdicts = actions.map(({ name, action }) =>
    createVerdict(action !== 'DENY', name, mode, hasLog ? action === 'LOG' : undefined),
  );
  const onNone = createVerdict(false, '', mode);
  return {
    decide: (view, trace) => {
      const found = tree.find(view, trace);
      return found === undefined ? onNone : verdicts[found]!;
    },
    policyNames: actions.map(({ name }) => name),
  };
}

function compileNamedAction(extension: ExtensionMessage, path: string, context: RbacContext): NamedAction | undefined {
  const message = unpackExtension<Action>(extension, path, context, ['envoy.config.rbac.v3.Action']);
  if (message === undefined) return undefined;
  if (message.name === '') return isMissing(`${path}.typed_config`, 'name', context);
  const action = rbacActionOf(message.action, `${path}.typed_config.action`, context);
  return action && { name: message.name, action };
}
