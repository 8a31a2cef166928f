export { type ProxyNode, proxyOfNode } from './proxy-of-node.ts';
export { ProxyViews } from './proxy-views.ts';
