import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { rowOf } from '../../table/index.ts';
import { judgeSpec } from '../../test-support/judge.ts';
import { created, updateErrors } from '../../test-support/judge-update.ts';
import { service } from './service.ts';

const stored = (spec: string) =>
  created(service, `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: ${spec}`);

function row(spec: string, status = '{}'): unknown[] {
  return rowOf(service, 'v1', { ...stored(spec), status: parse(status) as unknown }, 0);
}

describe('defaults', () => {
  test('of an ordinary service', () => {
    assert.deepEqual(stored('{selector: {app: web}, ports: [{port: 80}]}')['spec'], {
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
    });
  });
  test('depend on the type', () => {
    const balancer = stored('{type: LoadBalancer, ports: [{port: 80, targetPort: http}]}')['spec'];
    assert.deepEqual(balancer, {
      type: 'LoadBalancer',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }],
      sessionAffinity: 'None',
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      allocateLoadBalancerNodePorts: true,
    });
    const external = stored('{type: ExternalName, externalName: example.com}')['spec'];
    assert.deepEqual(external, { type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' });
  });
  test('of affinity', () => {
    const spec = stored('{sessionAffinity: ClientIP, ports: [{port: 80}]}')['spec'] as Record<string, unknown>;
    assert.deepEqual(spec['sessionAffinityConfig'], { clientIP: { timeoutSeconds: 10800 } });
  });
  test('an empty type or protocol and a null selector count as absent', () => {
    const spec = stored('{type: "", selector: null, ports: [{port: 80, protocol: ""}]}')['spec'] as Record<
      string,
      unknown
    >;
    assert.equal(spec['type'], 'ClusterIP');
    assert.ok(!('selector' in spec));
    assert.deepEqual(spec['ports'], [{ port: 80, protocol: 'TCP', targetPort: 80 }]);
  });
});

describe('refused', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{}', 'spec.ports: Required value'],
    [
      '{ports: [{port: 0, targetPort: 1}]}',
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      '{ports: [{port: 80, targetPort: 70000}]}',
      'spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      '{ports: [{port: 80, targetPort: "no spaces"}]}',
      'spec.ports[0].targetPort: Invalid value: "no spaces": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
    [
      '{ports: [{port: 80, protocol: ICMP}]}',
      'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    ['{ports: [{name: a, port: 80}, {name: a, port: 81}]}', 'spec.ports[1].name: Duplicate value: "a"'],
    [
      '{ports: [{name: a, port: 80}, {name: b, port: 80}]}',
      'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}',
    ],
    [
      '{ports: [{port: 80, nodePort: 30000}]}',
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      '{type: NodePort, ports: [{name: a, port: 80, nodePort: 30000}, {name: b, port: 81, nodePort: 30000}]}',
      'spec.ports[1].nodePort: Duplicate value: 30000',
    ],
    [
      '{type: Fancy, ports: [{port: 80}]}',
      'spec.type: Unsupported value: "Fancy": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    ['{type: ExternalName}', 'spec.externalName: Required value'],
    [
      '{type: ExternalName, externalName: a.b, clusterIP: 10.0.0.1}',
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
    ],
    [
      '{type: NodePort, clusterIP: None, ports: [{port: 80}]}',
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
    ],
    [
      '{clusterIP: 10.0.0.300, ports: [{port: 80}]}',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      '{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.2], ports: [{port: 80}]}',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.2": first value must match `clusterIP`',
    ],
    [
      '{externalIPs: [127.0.0.1], ports: [{port: 80}]}',
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      '{loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]}',
      "spec.loadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      '{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/33], ports: [{port: 80}]}',
      'spec.loadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      '{type: LoadBalancer, ports: [{port: 10250}]}',
      'spec.ports[0].port: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet',
    ],
    [
      '{externalTrafficPolicy: Local, ports: [{port: 80}]}',
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      '{sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}, ports: [{port: 80}]}',
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
    [
      '{trafficDistribution: Far, ports: [{port: 80}]}',
      'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"',
    ],
  ];
  for (const [spec, error] of cases) {
    test(error, () => assert.deepEqual(judgeSpec(service, spec).errors, [error]));
  }
  test('several ports without names', () => {
    assert.deepEqual(judgeSpec(service, '{ports: [{port: 80}, {port: 81}]}').errors, [
      'spec.ports[0].name: Required value',
      'spec.ports[1].name: Required value',
    ]);
  });
  test('ports of different protocols may be equal', () => {
    const spec = '{ports: [{name: tcp, port: 53}, {name: udp, port: 53, protocol: UDP}]}';
    assert.deepEqual(judgeSpec(service, spec).errors, []);
  });
});

describe('an update', () => {
  const before = stored('{clusterIP: 10.0.0.1, type: NodePort, ports: [{port: 80, nodePort: 31000}]}');
  test('keeps address and node port when it does not mention them', () => {
    assert.deepEqual(
      updateErrors(service, before, (object) => {
        const spec = object['spec'] as { clusterIP?: string; clusterIPs?: string[]; ports: { nodePort?: number }[] };
        delete spec.clusterIP;
        delete spec.clusterIPs;
        delete spec.ports[0]!.nodePort;
      }),
      [],
    );
  });
  test('does not move the address', () => {
    const errors = updateErrors(service, before, (object) => {
      Object.assign(object['spec'] as object, { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] });
    });
    assert.deepEqual(errors, ['spec.clusterIPs[0]: Invalid value: "10.0.0.2": may not change once set']);
  });
  test('may turn the service into a name', () => {
    const errors = updateErrors(service, before, (object) => {
      Object.assign(object, { spec: { type: 'ExternalName', externalName: 'example.com' } });
    });
    assert.deepEqual(errors, []);
  });
});

describe('columns', () => {
  test('of an address inside the cluster', () => {
    assert.deepEqual(
      row('{clusterIP: 10.0.0.1, selector: {b: "2", a: "1"}, ports: [{port: 80}, {port: 81, name: x}]}'),
      ['web', 'ClusterIP', '10.0.0.1', '<none>', '80/TCP,81/TCP', '<unknown>', 'a=1,b=2'],
    );
  });
  test('of a load balancer that is not ready, and one that is', () => {
    const spec = '{type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 31000}]}';
    assert.deepEqual(row(spec).slice(3, 5), ['<pending>', '80:31000/TCP']);
    assert.equal(
      row(spec, '{loadBalancer: {ingress: [{ip: 1.2.3.4}, {hostname: lb.example.com}]}}')[3],
      '1.2.3.4,lb.example.com',
    );
  });
  test('of a name', () => {
    assert.deepEqual(row('{type: ExternalName, externalName: example.com}').slice(1, 5), [
      'ExternalName',
      '<none>',
      'example.com',
      '<none>',
    ]);
  });
});
