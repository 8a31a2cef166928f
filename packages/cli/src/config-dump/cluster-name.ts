/** What Istio's names of clusters say: `outbound|80|v1|reviews.default.svc.cluster.local`. */

/** The parts of a name; those that it does not have are empty. */
export interface ClusterNameParts {
  readonly direction: string;
  readonly port: string;
  readonly subset: string;
  /** The whole name for clusters that are named otherwise. */
  readonly host: string;
}

/** Takes a name apart. */
export function parseClusterName(name: string): ClusterNameParts {
  const [direction = '', port = '', subset = '', host = '', ...rest] = name.split('|');
  if (host === '' && !name.endsWith('|')) return { direction: '', port: '', subset: '', host: name };
  return { direction, port, subset, host: [host, ...rest].join('|') };
}

/** `reviews.default.svc.cluster.local:80/v1` where the name says so, the name as it is otherwise. */
export function describeCluster(name: string): string {
  const { direction, port, subset, host } = parseClusterName(name);
  if (direction === '' || host === '') return name;
  return `${host}:${port}${subset === '' ? '' : `/${subset}`}`;
}
