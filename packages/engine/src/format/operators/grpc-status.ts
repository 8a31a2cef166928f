import { ok } from '@weft/core';
import { grpcStatusOf, isGrpcRequest } from '../../grpc/grpc-status.ts';
import type { StreamView } from '../../view/stream-view.ts';
import { numberField, numberOperator, type Operator, oneOf, textField } from '../operator.ts';

const CAMEL = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** The same names as the specification of gRPC writes them; it spells one of them otherwise. */
const SNAKE = CAMEL.map((name) =>
  name === 'Canceled' ? 'CANCELLED' : name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
);

/** Operators over the status of a gRPC call; other requests have none. */
export const GRPC_OPERATORS: readonly Operator[] = [
  {
    name: 'GRPC_STATUS',
    param: 'optional',
    takesLength: false,
    compile: ({ param }) => {
      const form = oneOf(param, ['CAMEL_STRING', 'SNAKE_STRING', 'NUMBER'], 'CAMEL_STRING');
      if (form.kind === 'err') return form;
      if (form.value === 'NUMBER') return ok(numberField(statusOf));
      const names = form.value === 'CAMEL_STRING' ? CAMEL : SNAKE;
      return ok(
        textField((view) => {
          const status = statusOf(view);
          return status === undefined ? undefined : (names[status] ?? String(status));
        }),
      );
    },
  },
  numberOperator('GRPC_STATUS_NUMBER', statusOf),
];

function statusOf(view: StreamView): number | undefined {
  return isGrpcRequest(view) ? grpcStatusOf(view) : undefined;
}
