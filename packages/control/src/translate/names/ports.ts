/** Ports of sidecars, as in Istio. */
export const SIDECAR_PORT = {
  admin: 15000,
  outbound: 15001,
  inbound: 15006,
  hbone: 15008,
  /** DNS of the workload, when the proxy answers it. */
  dns: 15053,
  /** Probes of the application and merged metrics. */
  agent: 15020,
  ready: 15021,
  metrics: 15090,
  /** Gateways: mutual TLS that is routed by server name. */
  autoPassthrough: 15443,
} as const;
