/** Inputs from the connection. */
import type {
  ApplicationProtocolInput,
  DestinationIPInput,
  DestinationPortInput,
  DirectSourceIPInput,
  FilterStateInput,
  ServerNameInput,
  SourceIPInput,
  SourcePortInput,
  SourceTypeInput,
  TransportProtocolInput,
} from '@weft/proto/envoy/extensions/matching/common_inputs/network/v3/network_inputs';
import type { TypedMessage } from '../../compile/context.ts';
import { supports } from '../../compile/support.ts';
import type { AddressView } from '../../view/address-view.ts';
import type { MatchView } from '../../view/match-view.ts';
import { createInput, type MatchInputCompiler } from '../match-input.ts';

const PACKAGE = 'envoy.extensions.matching.common_inputs.network.v3';

/** What is supported of inputs from the connection. */
export const NETWORK_INPUT_SUPPORT = [
  supports<DestinationIPInput>(`${PACKAGE}.DestinationIPInput`, {}),
  supports<DestinationPortInput>(`${PACKAGE}.DestinationPortInput`, {}),
  supports<SourceIPInput>(`${PACKAGE}.SourceIPInput`, {}),
  supports<SourcePortInput>(`${PACKAGE}.SourcePortInput`, {}),
  supports<DirectSourceIPInput>(`${PACKAGE}.DirectSourceIPInput`, {}),
  supports<SourceTypeInput>(`${PACKAGE}.SourceTypeInput`, {}),
  supports<ServerNameInput>(`${PACKAGE}.ServerNameInput`, {}),
  supports<TransportProtocolInput>(`${PACKAGE}.TransportProtocolInput`, {}),
  supports<ApplicationProtocolInput>(`${PACKAGE}.ApplicationProtocolInput`, {}),
  supports<FilterStateInput>(`${PACKAGE}.FilterStateInput`, {
    key: true,
    field: 'use key alone: values of filter state are texts',
  }),
];

/** Inputs that connections have, whether or not they carry HTTP. */
export const NETWORK_INPUTS: readonly MatchInputCompiler[] = [
  plain('destination_ip', 'DestinationIPInput', ({ connection }) => ipOf(connection.local)),
  plain('destination_port', 'DestinationPortInput', ({ connection }) => portOf(connection.local)),
  plain('source_ip', 'SourceIPInput', ({ remote }) => ipOf(remote)),
  plain('source_port', 'SourcePortInput', ({ remote }) => portOf(remote)),
  plain('direct_source_ip', 'DirectSourceIPInput', ({ connection }) => ipOf(connection.directRemote)),
  plain('source_type', 'SourceTypeInput', sourceType),
  plain('server_name', 'ServerNameInput', ({ connection }) => nonEmpty(connection.requestedServerName)),
  plain('transport_protocol', 'TransportProtocolInput', ({ connection }) => nonEmpty(connection.transportProtocol)),
  plain('application_protocol', 'ApplicationProtocolInput', applicationProtocols),
  {
    name: 'envoy.matching.inputs.filter_state',
    typeName: `${PACKAGE}.FilterStateInput`,
    compile: (message: TypedMessage) => {
      const { key } = message as FilterStateInput;
      return createInput(`filter state ${key}`, (view) => view.filterState(key));
    },
  },
];

function plain(name: string, type: string, read: (view: MatchView) => string | undefined): MatchInputCompiler {
  const input = createInput(name.replaceAll('_', ' '), read);
  return { name: `envoy.matching.inputs.${name}`, typeName: `${PACKAGE}.${type}`, compile: () => input };
}

function ipOf({ ip, host }: AddressView): string | undefined {
  return ip === undefined ? undefined : host;
}

function portOf({ ip, port }: AddressView): string | undefined {
  return ip === undefined ? undefined : String(port);
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** IPv4 addresses 127.0.0.0/8. */
const LOOPBACK_BYTE = 127;

/** As in Envoy: the client is on this host if it came from the address it went to, or from the loopback device. */
function sourceType({ connection }: MatchView): string | undefined {
  const { remote, local } = connection;
  if (remote.ip === undefined) return 'local';
  const { family, words } = remote.ip;
  const isLoopback =
    family === 4 ? words[0]! >>> 24 === LOOPBACK_BYTE : words.every((word, i) => word === (i === 3 ? 1 : 0));
  return isLoopback || remote.host === local.host ? 'local' : undefined;
}

function applicationProtocols({ connection }: MatchView): string | undefined {
  const names = connection.applicationProtocols;
  return names.length === 0 ? undefined : names.map((name) => `'${name}'`).join(',');
}
