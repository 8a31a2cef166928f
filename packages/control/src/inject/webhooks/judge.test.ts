/** What the webhooks answer, without sockets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import { applyJsonPatch } from '@weft/kube/patch';
import fc from 'fast-check';
import { createInjectionConfig } from '../injection-config.ts';
import { type AdmissionQuestion, formatVerdict, readQuestion } from './admission-review.ts';
import { judgeInjection } from './judge-injection.ts';
import { judgeObject } from './judge-object.ts';

type Parsed = ReturnType<typeof JSON.parse>;

const state = { config: unwrap(createInjectionConfig()), proxyConfigs: [], nodes: [] };
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  // As Go writes it.
  metadata: { generateName: 'web-', creationTimestamp: null, labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'web', image: 'web', resources: {}, livenessProbe: { httpGet: { path: '/', port: 80 } } }],
  },
  status: {},
};

function question(request: object, version = 'v1'): AdmissionQuestion {
  const common = { uid: 'u-1', operation: 'CREATE', namespace: 'shop', oldObject: null };
  return unwrap(
    readQuestion({
      kind: 'AdmissionReview',
      apiVersion: `admission.k8s.io/${version}`,
      request: { ...common, ...request },
    }),
  );
}

function answer(asked: AdmissionQuestion, env = {}): Parsed {
  return JSON.parse(JSON.stringify(formatVerdict(asked, judgeInjection(asked, state, env).verdict)));
}

describe('the verdict of injection', () => {
  it('is a patch that makes the injected pod, in the version of the question', () => {
    for (const version of ['v1', 'v1beta1']) {
      const { apiVersion, kind, response } = answer(question({ object: POD }, version), {
        ISTIO_META_CLUSTER_ID: 'east',
      });
      assert.deepEqual([apiVersion, kind], [`admission.k8s.io/${version}`, 'AdmissionReview']);
      assert.deepEqual([response.uid, response.allowed, response.patchType], ['u-1', true, 'JSONPatch']);
      const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as { path: string; op: string }[];
      assert.ok(!patch.some(({ path }) => path === '/metadata/creationTimestamp'), 'what is null is not removed');
      const pod = applyJsonPatch(POD, patch) as Parsed;
      const proxy = pod.spec.containers[1];
      assert.equal(proxy.name, 'istio-proxy');
      const env = Object.fromEntries(proxy.env.map((one: Parsed) => [one.name, one.value]));
      assert.equal(env['ISTIO_META_CLUSTER_ID'], 'east');
      assert.equal(env['ISTIO_META_OWNER'], 'kubernetes://apis/v1/namespaces/shop/pods/web');
      assert.equal(pod.spec.containers[0].livenessProbe.httpGet.port, 15_020);
    }
  });

  it('is nothing for what is not injected', () => {
    const host = { ...POD, spec: { ...POD.spec, hostNetwork: true } };
    for (const request of [
      { object: host },
      { object: POD, operation: 'UPDATE' },
      { object: null, operation: 'DELETE' },
    ]) {
      const { response } = answer(question(request));
      assert.deepEqual(response, { uid: 'u-1', allowed: true });
    }
    const { response } = answer(question({ object: { ...POD, kind: 'Deployment', apiVersion: 'apps/v1' } }));
    assert.match(response.warnings[0], /injects pods only/);
  });

  it('denies pods whose annotations are wrong, and warns of those that have no effect', () => {
    const annotated = (annotations: object) => ({ ...POD, metadata: { ...POD.metadata, annotations } });
    const denied = answer(question({ object: annotated({ 'sidecar.istio.io/proxyCPU': 'x' }) })).response;
    assert.equal(denied.allowed, false);
    assert.deepEqual([denied.status.code, denied.status.reason], [400, 'BadRequest']);
    assert.match(denied.status.message, /annotation sidecar.istio.io\/proxyCPU/);
    const warned = answer(question({ object: annotated({ 'sidecar.istio.io/enableCoreDump': 'true' }) })).response;
    assert.deepEqual([warned.allowed, warned.warnings.length], [true, 1]);
  });

  it('is not asked twice for the same: again changes nothing', () => {
    const { response } = answer(question({ object: POD }));
    const injected = applyJsonPatch(POD, JSON.parse(Buffer.from(response.patch, 'base64').toString()));
    assert.deepEqual(answer(question({ object: injected })).response, { uid: 'u-1', allowed: true });
  });
});

describe('the verdict of validation', () => {
  const SERVICE = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reviews', namespace: 'shop' },
    spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }] }] },
  };

  it('says what is wrong with objects of the mesh', () => {
    assert.equal(judgeObject(question({ object: SERVICE })).kind, 'allowed');
    const verdict = judgeObject(
      question({ object: { ...SERVICE, spec: { hosts: [], http: [{ rout: [] }] } } }),
    ) as Parsed;
    assert.deepEqual([verdict.kind, verdict.code, verdict.reason], ['denied', 422, 'Invalid']);
    assert.match(verdict.message, /^VirtualService "reviews" is invalid: unknown field "spec.http\[0\].rout"/);
    assert.deepEqual(
      [verdict.details.group, verdict.details.causes[0].field],
      ['networking.istio.io', 'spec.http[0].rout'],
    );
  });

  it('lets pass what it must not hold up', () => {
    const wrong = { ...SERVICE, spec: { hosts: [] } };
    const leaving = { ...wrong, metadata: { ...wrong.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    for (const request of [
      { object: leaving, operation: 'UPDATE' },
      { operation: 'DELETE', oldObject: wrong },
    ]) {
      assert.equal(judgeObject(question(request)).kind, 'allowed');
    }
    const unknown = judgeObject(question({ object: { ...wrong, apiVersion: 'networking.istio.io/v9' } })) as Parsed;
    assert.match(unknown.warnings[0], /is not known to this control plane/);
  });
});

describe('reading a question', () => {
  it('refuses what is none', () => {
    const refused = (document: unknown): string => {
      const read = readQuestion(document);
      return read.kind === 'err' ? read.error : '';
    };
    const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1' };
    assert.match(refused([]), /expected an AdmissionReview/);
    assert.match(refused({ ...review, apiVersion: 'admission.k8s.io/v2' }), /v2" is not known/);
    assert.match(refused(review), /no request/);
    assert.match(refused({ ...review, request: { operation: 'CREATE' } }), /no uid/);
    assert.match(
      refused({ ...review, request: { uid: 'u', operation: 'CREATE', object: { kind: 'Pod' } } }),
      /apiVersion/,
    );
  });

  it('never throws, and neither do the judges', () => {
    const any = fc.anything({ withNullPrototype: false });
    const object = fc.record({
      apiVersion: fc.constantFrom('v1', 'networking.istio.io/v1'),
      kind: fc.constantFrom('Pod', 'VirtualService', 'Gateway'),
      metadata: fc.dictionary(fc.constantFrom('name', 'labels', 'annotations', 'deletionTimestamp'), any),
      spec: any,
    });
    fc.assert(
      fc.property(
        fc.oneof(any, object),
        fc.oneof(any, object),
        fc.constantFrom('CREATE', 'UPDATE'),
        (given, old, operation) => {
          const read = readQuestion({
            kind: 'AdmissionReview',
            apiVersion: 'admission.k8s.io/v1',
            request: { uid: 'u', operation, object: given, oldObject: old },
          });
          if (read.kind === 'err') return;
          judgeInjection(read.value, state, {});
          judgeObject(read.value);
        },
      ),
      { numRuns: 300 },
    );
  });
});
