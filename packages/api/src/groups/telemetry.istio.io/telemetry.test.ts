import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { telemetry } from './telemetry.ts';

const tag = (text: string) => `{metrics: [{overrides: [{tagOverrides: {a: {${text}}}}]}]}`;
const customTag = (text: string) => `{tracing: [{customTags: {a: {${text}}}}]}`;

test('traces', () => {
  assertAccepted(telemetry, [
    ['shares', '{tracing: [{randomSamplingPercentage: 0.5, match: {mode: CLIENT}, disableSpanReporting: null}]}', []],
    ['sources of tags', customTag('header: {name: x, defaultValue: y}'), []],
    ['a formatter', customTag('formatter: {value: "%REQ(X)%"}'), []],
    [
      'several',
      '{tracing: [{providers: [{name: a}, {name: b}]}, {}]}',
      [
        'spec.tracing: multiple tracing is not currently supported',
        'spec.tracing[0].providers: multiple providers is not currently supported',
      ],
    ],
  ]);
  assertRefused(telemetry, [
    [
      'shares',
      '{tracing: [{randomSamplingPercentage: 101}]}',
      [
        'spec.tracing[0].randomSamplingPercentage: Invalid value: 101: spec.tracing[0].randomSamplingPercentage in body should be less than or equal to 100',
      ],
    ],
    [
      'two sources of a tag',
      customTag('literal: {value: a}, header: {name: b}'),
      [
        'spec.tracing[0].customTags.a: Invalid value: "object": only one of literal, environment, header and formatter may be set, found literal and header',
      ],
    ],
    [
      'no source of a tag',
      customTag(''),
      ['spec.tracing[0].customTags[a]: Required value: one of literal, environment, header or formatter must be set'],
    ],
    [
      'an empty name',
      '{tracing: [{providers: [{name: ""}]}]}',
      [
        'spec.tracing[0].providers[0].name: Invalid value: "": spec.tracing[0].providers[0].name in body should be at least 1 chars long',
      ],
    ],
  ]);
});

test('metrics', () => {
  assertAccepted(telemetry, [
    ['a new tag', tag('operation: UPSERT, value: "request.host"'), []],
    ['a tag taken away', tag('operation: REMOVE'), []],
    [
      'an interval',
      '{metrics: [{reportingInterval: 10s, overrides: [{match: {customMetric: a}, disabled: true}]}]}',
      [],
    ],
    [
      'an expression that is none',
      tag('value: "a |"'),
      [
        'spec.metrics[0].overrides[0].tagOverrides[a].value: not a CEL expression: Syntax error: unexpected character "|"',
      ],
    ],
  ]);
  assertRefused(telemetry, [
    [
      'a tag without value',
      tag('operation: UPSERT'),
      [
        'spec.metrics[0].overrides[0].tagOverrides.a: Invalid value: "object": value must be set when operation is UPSERT',
      ],
    ],
    [
      'a tag without operation and value',
      tag(''),
      [
        'spec.metrics[0].overrides[0].tagOverrides[a].value: Required value: tagOverrides.value must be set when operation is UPSERT',
      ],
    ],
    [
      'a value that is taken away',
      tag('operation: REMOVE, value: a'),
      [
        'spec.metrics[0].overrides[0].tagOverrides.a: Invalid value: "object": value must not be set when operation is REMOVE',
      ],
    ],
    [
      'two metrics',
      '{metrics: [{overrides: [{match: {metric: REQUEST_COUNT, customMetric: a}}]}]}',
      [
        'spec.metrics[0].overrides[0].match: Invalid value: "object": only one of metric and customMetric may be set, found metric and customMetric',
      ],
    ],
    [
      'an interval',
      '{metrics: [{reportingInterval: 1us}]}',
      ['spec.metrics[0].reportingInterval: Invalid value: "string": must be a valid duration greater than 1ms'],
    ],
  ]);
});

test('access logs', () => {
  const filter = (text: string) => `{accessLogging: [{filter: {${text}}}]}`;
  assertAccepted(telemetry, [
    ['a filter', filter(`expression: "response.code >= 400 || has(connection.mtls)"`), []],
    ['none', '{accessLogging: [{disabled: true, match: {mode: SERVER}}, {providers: [{name: a}]}]}', []],
  ]);
  assertRefused(telemetry, [
    [
      'a broken filter',
      filter('expression: "response.code >="'),
      [
        'spec.accessLogging[0].filter.expression: Invalid value: "response.code >=": must be a valid CEL expression: Syntax error: unexpected end of the expression',
      ],
    ],
    [
      'an empty filter',
      filter(''),
      ['spec.accessLogging[0].filter.expression: Required value: a filter needs a CEL expression'],
    ],
    [
      'a selector and an object',
      '{selector: {matchLabels: {a: b}}, targetRef: {kind: Service, name: a}}',
      ['spec: Invalid value: "object": only one of targetRefs or selector can be set'],
    ],
  ]);
});
