/** Names of the listeners that get redirected connections, as in Istio's proxies. */

/** What the workload sends. */
export const VIRTUAL_OUTBOUND_NAME = 'virtualOutbound';
/** What it receives; also the name of the chains for ports that nobody declares. */
export const VIRTUAL_INBOUND_NAME = 'virtualInbound';
