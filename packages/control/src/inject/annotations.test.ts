import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ANNOTATION_RULES, judgeAnnotations } from './annotations.ts';
import { ANNOTATION } from './names.ts';

const PAGE = path.resolve(import.meta.dirname, '../../../../docs/injection.md');

describe('annotations', () => {
  it('all have a rule, and a place on the page for users', () => {
    const page = readFileSync(PAGE, 'utf8');
    for (const name of ANNOTATION_RULES.keys()) assert.ok(page.includes(`\`${name}\``), name);
    // The revision is what injection writes.
    const ours = Object.values(ANNOTATION).filter((name) => name !== ANNOTATION.revision);
    for (const name of ours) assert.ok(ANNOTATION_RULES.has(name), name);
  });

  it('are judged by their values', () => {
    const cases: [string, string, RegExp | undefined][] = [
      [ANNOTATION.includeInboundPorts, '*', undefined],
      [ANNOTATION.includeInboundPorts, '', undefined],
      [ANNOTATION.excludeInboundPorts, '*', /"\*" is not a port/],
      [ANNOTATION.includeOutboundIPRanges, '*', undefined],
      [ANNOTATION.includeOutboundIPRanges, '10.0.0.0/8, fd00::/8', undefined],
      [ANNOTATION.includeOutboundIPRanges, '10.0.0.0/33', /not a block of addresses/],
      [ANNOTATION.statusPort, '0', undefined],
      [ANNOTATION.statusPort, '-1', /must be a port/],
      [ANNOTATION.readinessPeriodSeconds, '1.5', /must be a whole number/],
      [ANNOTATION.nativeSidecar, 'T', undefined],
      [ANNOTATION.nativeSidecar, 'yes', /must be true or false/],
      [ANNOTATION.proxyConfig, '{"concurrency": 2}', undefined],
      [ANNOTATION.proxyConfig, 'concurrency: many', /concurrency/],
      [ANNOTATION.proxyConfig, '- 1', /must be a YAML mapping/],
      [ANNOTATION.proxyConfig, `${'['.repeat(20_000)}`, /must be YAML|nested too deep/],
      [ANNOTATION.userVolume, '{"a": {}}', undefined],
      [ANNOTATION.userVolume, '{"a": 1}', /JSON object of objects/],
      [ANNOTATION.userVolumeMount, '{', /must be JSON/],
      [ANNOTATION.excludeInterfaces, 'eth1,net0', undefined],
      [ANNOTATION.excludeInterfaces, 'eth 1', /network interface/],
      [ANNOTATION.proxyMemory, '128Mi', undefined],
      [ANNOTATION.logLevel, 'verbose', /must be one of trace/],
    ];
    for (const [name, value, problem] of cases) {
      const { errors } = judgeAnnotations({ [name]: value });
      assert.equal(errors.length, problem === undefined ? 0 : 1, `${name}: ${value}`);
      if (problem !== undefined) assert.match(errors[0]!, problem);
    }
  });

  it('that have no effect are told, and those of others are left alone', () => {
    const { errors, warnings } = judgeAnnotations({
      'sidecar.istio.io/discoveryAddress': 'x',
      'sidecar.istio.io/nativesidecar': 'true',
      'example.com/own': 'x',
      'istio.io/rev': 'x',
    });
    assert.deepEqual(errors, []);
    assert.deepEqual(warnings, [
      'annotation sidecar.istio.io/discoveryAddress has no effect: say discoveryAddress in proxy.istio.io/config',
      'annotation sidecar.istio.io/nativesidecar is not known and has no effect: did you mean sidecar.istio.io/nativeSidecar?',
    ]);
  });
});
