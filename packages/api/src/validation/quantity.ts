import { parseQuantity, QUANTITY_PROBLEM } from '@weft/core';
import { type Schema, string } from '../schema/index.ts';

/** The schema of a field that holds a quantity. */
export function quantity(description: string): Schema<string> {
  return string(description, {
    format: 'quantity',
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    rules: [
      {
        // Rules tell the type of the value only, which says little here.
        message: (text) => `${JSON.stringify(text)}: ${QUANTITY_PROBLEM}`,
        check: (text) => parseQuantity(text) !== undefined,
      },
    ],
  });
}
