/** Objects of a realistic size: a VirtualService of about 1 KB. */

/** The body of one object. */
export function virtualServiceBody(name: string, routes = 3): string {
  const http = Array.from({ length: routes }, (_, i) => ({
    name: `route-${i}`,
    match: [{ uri: { prefix: `/v${i}/items` }, headers: { 'x-tenant': { exact: `tenant-${i}` } } }],
    route: [
      { destination: { host: 'reviews.shop.svc.cluster.local', subset: 'v1', port: { number: 9080 } }, weight: 90 },
      { destination: { host: 'reviews.shop.svc.cluster.local', subset: 'v2', port: { number: 9080 } }, weight: 10 },
    ],
    timeout: '5s',
    retries: { attempts: 3, perTryTimeout: '2s', retryOn: 'gateway-error,connect-failure' },
  }));
  return JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, labels: { app: 'bench', group: name.slice(-1) } },
    spec: { hosts: [`${name}.shop.svc.cluster.local`], http },
  });
}

/** The collection that the benchmark writes to. */
export const COLLECTION = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
