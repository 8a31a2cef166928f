/** Kinds that are asked and answered, never stored: each is one handler in one list. */
import { type ApiObject, validateObject } from '@weft/api';
import { invalid, unknownPath } from '../../shared/api-errors.ts';
import { type BodyResponse, jsonResponse } from '../exchange.ts';
import type { ParsedBody } from './body.ts';
import type { Call, Target } from './context.ts';
import { decodeObject, normalizeStrictly } from './decode.ts';
import { parseWriteOptions } from './options.ts';

/** Answers one review kind. */
export interface ReviewHandler {
  readonly group: string;
  readonly kind: string;
  /** Returns the review with its status filled in. */
  answer(review: ApiObject, call: Call): ApiObject | Promise<ApiObject>;
}

/** All reviews that a server answers. */
export class ReviewHandlers {
  private readonly handlers: readonly ReviewHandler[];

  constructor(handlers: readonly ReviewHandler[]) {
    this.handlers = handlers;
  }

  /** Answers a POST. */
  async answer(target: Target, parsed: ParsedBody, call: Call): Promise<BodyResponse> {
    const { kind } = target.info;
    const handler = this.handlers.find((h) => h.group === kind.group && h.kind === kind.kind);
    if (handler === undefined) throw unknownPath();
    const options = parseWriteOptions('CreateOptions', call);
    // Clients fill in an empty status because their types have one; it is the server's to say.
    const { status: _status, ...asked } = decodeObject(parsed, target);
    const review = normalizeStrictly(asked, target.info, { validation: options.fieldValidation, parsed, call }, {});
    const report = validateObject(kind, target.info.version, review);
    call.warnings.push(...report.warnings);
    if (report.issues.length > 0) throw invalid(kind, review.metadata.name ?? '', report.issues);
    return jsonResponse(201, await handler.answer(review, call), { warnings: call.warnings });
  }
}
