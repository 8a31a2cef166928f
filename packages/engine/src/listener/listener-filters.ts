import type { ProxyProtocolPassThroughTLVs } from '@weft/proto/envoy/config/core/v3/proxy_protocol';
import type { HttpInspector } from '@weft/proto/envoy/extensions/filters/listener/http_inspector/v3/http_inspector';
import type { OriginalDst } from '@weft/proto/envoy/extensions/filters/listener/original_dst/v3/original_dst';
import type {
  ProxyProtocol,
  ProxyProtocol_KeyValuePair,
  ProxyProtocol_Rule,
} from '@weft/proto/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol';
import type { TlsInspector } from '@weft/proto/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector';
import { supports, withoutEffect } from '../compile/support.ts';
import type { ExtensionCategory } from '../config/extension-category.ts';

/** What is supported of the messages of listener filters. */
export const LISTENER_FILTER_CONFIG_SUPPORT = [
  supports<TlsInspector>('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector', {
    enableJa3Fingerprinting: 'clients are not fingerprinted: leave it out',
    initialReadBufferSize: withoutEffect('bytes are looked at where they arrive'),
    closeConnectionOnClientHelloParsingErrors: 'leave it out',
    enableJa4Fingerprinting: 'fingerprints of clients are not taken: leave it out',
    maxClientHelloSize: 'a ClientHello may have 16 KiB: leave it out',
  }),
  supports<HttpInspector>('envoy.extensions.filters.listener.http_inspector.v3.HttpInspector', {}),
  supports<OriginalDst>('envoy.extensions.filters.listener.original_dst.v3.OriginalDst', {}),
  supports<ProxyProtocol>('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol', {
    rules: true,
    allowRequestsWithoutProxyProtocol: true,
    passThroughTlvs: 'values of the PROXY protocol are not passed on upstream: use rules to read them',
    disallowedVersions: true,
    statPrefix: true,
    tlvLocation: 'values of the PROXY protocol are kept as dynamic metadata: leave it out',
  }),
  supports<ProxyProtocol_Rule>('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.Rule', {
    tlvType: true,
    onTlvPresent: true,
  }),
  supports<ProxyProtocol_KeyValuePair>(
    'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair',
    { metadataNamespace: true, key: true, valueStringEncoding: 'values are kept as text: leave it out' },
  ),
  supports<ProxyProtocolPassThroughTLVs>('envoy.config.core.v3.ProxyProtocolPassThroughTLVs', {
    matchType: true,
    tlvType: true,
  }),
];

/** A compiled tls_inspector. */
export interface TlsInspectorRuntime {
  readonly initialReadBytes: number;
}

/** A compiled proxy_protocol filter. */
export interface ProxyProtocolRuntime {
  /** Connections without a PROXY header are let through. */
  readonly isOptional: boolean;
  readonly acceptsV1: boolean;
  readonly acceptsV2: boolean;
  /** Empty for none. */
  readonly statPrefix: string;
  /** Values of a header of version 2 that become dynamic metadata of the connection. */
  readonly rules: readonly TlvRule[];
}

/** Where a value goes. */
export interface TlvRule {
  readonly tlvType: number;
  readonly namespace: string;
  readonly key: string;
}

const NOTHING: Readonly<Record<string, never>> = Object.freeze({});
const DEFAULT_NAMESPACE = 'envoy.filters.listener.proxy_protocol';

/** All listener filters, in the order in which the documentation lists them. */
export const LISTENER_FILTERS: ExtensionCategory<unknown> = {
  name: 'envoy.filters.listener',
  what: 'listener filter',
  supported: [
    {
      name: 'envoy.filters.listener.tls_inspector',
      typeName: 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
      compile: (message) => compileTlsInspector(message as TlsInspector),
    },
    {
      name: 'envoy.filters.listener.http_inspector',
      typeName: 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector',
      compile: () => NOTHING,
    },
    {
      name: 'envoy.filters.listener.original_dst',
      typeName: 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst',
      compile: () => NOTHING,
    },
    {
      name: 'envoy.filters.listener.proxy_protocol',
      typeName: 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
      compile: (message) => compileProxyProtocol(message as ProxyProtocol),
    },
  ],
  refused: {
    'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit':
      'use the network filter envoy.filters.network.local_ratelimit',
    'envoy.extensions.filters.listener.original_src.v3.OriginalSrc': "Node.js cannot bind to another host's address",
  },
};

/** The largest ClientHello that is waited for. */
const MAX_CLIENT_HELLO_BYTES = 16 * 1024;

function compileTlsInspector(message: TlsInspector): TlsInspectorRuntime {
  return Object.freeze({ initialReadBytes: message.initialReadBufferSize ?? MAX_CLIENT_HELLO_BYTES });
}

function compileProxyProtocol(message: ProxyProtocol): ProxyProtocolRuntime {
  const rules = message.rules.flatMap(({ tlvType, onTlvPresent }) => {
    if (onTlvPresent === undefined) return [];
    const { metadataNamespace, key } = onTlvPresent;
    return [{ tlvType, namespace: metadataNamespace === '' ? DEFAULT_NAMESPACE : metadataNamespace, key }];
  });
  return Object.freeze({
    isOptional: message.allowRequestsWithoutProxyProtocol,
    acceptsV1: !message.disallowedVersions.includes(0),
    acceptsV2: !message.disallowedVersions.includes(1),
    statPrefix: message.statPrefix,
    rules,
  });
}
