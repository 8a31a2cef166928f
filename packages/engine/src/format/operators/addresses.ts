/** Addresses of the connections on both sides. */
import { err, ok } from '@weft/core';
import { compileCidr, formatCidr } from '../../match/cidr.ts';
import type { AddressView } from '../../view/address-view.ts';
import type { StreamView } from '../../view/stream-view.ts';
import { type FieldResult, numberOperator, type Operator, textField, textOperator } from '../operator.ts';

type AddressOf = (view: StreamView) => AddressView | undefined;

/** Operators over addresses. */
export const ADDRESS_OPERATORS: readonly Operator[] = [
  ...addressOperators('DOWNSTREAM_REMOTE', ({ remote }) => remote),
  ...addressOperators('DOWNSTREAM_DIRECT_REMOTE', ({ connection }) => connection.directRemote),
  ...addressOperators('DOWNSTREAM_LOCAL', ({ connection }) => connection.local),
  ...addressOperators('DOWNSTREAM_DIRECT_LOCAL', ({ connection }) => connection.directLocal),
  ...addressOperators('UPSTREAM_LOCAL', ({ upstream }) => upstream?.local),
  // The peer of a connection that came about; the host that was chosen is UPSTREAM_HOST.
  ...addressOperators('UPSTREAM_REMOTE', ({ upstream }) => (upstream?.local === undefined ? undefined : upstream.host)),
];

function addressOperators(prefix: string, addressOf: AddressOf): readonly Operator[] {
  return [
    textOperator(`${prefix}_ADDRESS`, (view) => addressOf(view)?.text),
    {
      name: `${prefix}_ADDRESS_WITHOUT_PORT`,
      param: 'optional',
      takesLength: false,
      compile: ({ param }) => compileHost(param, addressOf),
    },
    numberOperator(`${prefix}_PORT`, (view) => {
      const address = addressOf(view);
      return address?.ip === undefined ? undefined : address.port;
    }),
  ];
}

const MAX_PREFIX_LENGTH = 128;

function compileHost(param: string, addressOf: AddressOf): FieldResult {
  if (param === '') return ok(textField((view) => addressOf(view)?.host));
  const length = /^\d{1,3}$/.test(param) ? Number(param) : undefined;
  if (length === undefined || length > MAX_PREFIX_LENGTH) return err(`${JSON.stringify(param)} is no prefix length`);
  return ok(textField((view) => blockOf(addressOf(view), length)));
}

/** The block of addresses that an address is in; undefined where there are no blocks of that length. */
function blockOf(address: AddressView | undefined, length: number): string | undefined {
  if (address?.ip === undefined) return undefined;
  const block = compileCidr(address.host, length, '');
  return block.kind === 'ok' ? formatCidr(block.value) : undefined;
}
