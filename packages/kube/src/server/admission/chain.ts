/** Runs a write through all admission steps in their order. */
import { type ApiObject, schemaOf, validateSchema } from '@weft/api';
import type {
  AdmissionContext,
  AdmissionRequest,
  MutatingPlugin,
  ValidatingPlugin,
  WebhookDispatcher,
} from './types.ts';

/** What a chain is made of. */
export interface AdmissionSteps {
  readonly mutating: readonly MutatingPlugin[];
  readonly validating: readonly ValidatingPlugin[];
  readonly webhooks: WebhookDispatcher;
}

/** The admission steps of one server. */
export class AdmissionChain {
  private readonly steps: AdmissionSteps;

  constructor(steps: AdmissionSteps) {
    this.steps = steps;
  }

  /** The object after every mutating step. Returns a promise only when a webhook has to be asked. */
  mutate(request: AdmissionRequest, context: AdmissionContext): ApiObject | Promise<ApiObject> {
    let object = request.object!;
    let current = request;
    const { webhooks } = this.steps;
    const wanted = this.steps.mutating.filter((plugin) => plugin.handles(request));
    // Plugins read the structure of their kinds; what has another one is refused by validation, unless a webhook mends it.
    const isSound = wanted.length === 0 || hasStructure(request);
    for (const plugin of isSound ? wanted : []) {
      object = plugin.mutate(object, current, context);
      current = { ...current, object };
    }
    return webhooks.mayHandle(current) ? webhooks.mutate(object, current, context) : object;
  }

  /** Throws when a step refuses. Returns a promise only when a webhook has to be asked. */
  validate(request: AdmissionRequest, context: AdmissionContext): void | Promise<void> {
    for (const plugin of this.steps.validating) {
      if (plugin.handles(request)) plugin.validate(request, context);
    }
    const { webhooks } = this.steps;
    if (webhooks.mayHandle(request)) return webhooks.validate(request, context);
  }
}

function hasStructure({ info, object }: AdmissionRequest): boolean {
  return validateSchema(schemaOf(info.kind, info.version), object).failureCount === 0;
}
