/** Expressions over requests in the Common Expression Language, as filters and tags have them. */
import { parse } from '@marcbachmann/cel-js';

/** What is wrong with the syntax of an expression, or nothing. Names are not checked: the proxy knows them. */
export function celSyntaxProblem(expression: string): string | undefined {
  try {
    parse(expression);
    return undefined;
  } catch (error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    // The further lines draw the place in the expression, which the issue shows anyway.
    return message.split('\n', 1)[0]!;
  }
}
