import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FilterStatus, type HttpFilter } from '../../filters/http/filter.ts';
import { FieldHead } from '../field-head.ts';
import type { ResponseHead } from '../head.ts';
import { ResponseFields } from '../response-fields.ts';
import { Pipeline } from './pipeline.ts';
import { RESPONSE_HOOKS } from './pipelines.ts';

/** A pipeline whose end writes down what comes out. */
function pipelineOf(...filters: HttpFilter[]) {
  const seen: string[] = [];
  const pipeline: Pipeline<ResponseHead> = new Pipeline(
    filters,
    RESPONSE_HOOKS,
    {
      onHead: ({ status }) => seen.push(String(status)),
      onData: (bytes, start, end, endStream) => {
        seen.push(`${bytes.toString('latin1', start, end)}${endStream ? '.' : ''}`);
      },
      onTrailers: (trailers) => seen.push(`t=${trailers.get('t')}`),
      onPause: (isPaused) => seen.push(isPaused ? 'pause' : 'resume'),
      onOverflow: () => seen.push('overflow'),
    },
    10,
  );
  const send = (text: string, endStream = false) => {
    const bytes = Buffer.from(text);
    pipeline.sendData(bytes, 0, bytes.length, endStream);
  };
  return { pipeline, seen, send };
}

const TAKE: HttpFilter = { onResponseData: () => FilterStatus.take, onResponseTrailers: () => FilterStatus.take };
const bytes = Buffer.from('late');

describe('a pipeline', () => {
  it('holds back what comes behind a head that waits, and asks the source to stop', () => {
    const filter: HttpFilter = { onResponseHead: () => FilterStatus.hold };
    const { pipeline, seen, send } = pipelineOf(filter);
    pipeline.sendHead(ResponseFields.of(200), false);
    send('a');
    send('b', true);
    assert.deepEqual(seen, ['pause']);
    pipeline.resume(filter);
    assert.deepEqual(seen, ['pause', '200', 'a', 'b.', 'resume']);
  });

  it('bounds what waits', () => {
    const { pipeline, seen, send } = pipelineOf({ onResponseHead: () => FilterStatus.hold });
    pipeline.sendHead(ResponseFields.of(200), false);
    send('0123456789');
    assert.deepEqual(seen, ['pause']);
    send('x');
    assert.deepEqual(seen, ['pause', 'overflow']);
  });

  it('lets a filter pass data and trailers on when it wants', () => {
    const filter: HttpFilter = { ...TAKE };
    const { pipeline, seen, send } = pipelineOf(filter);
    pipeline.sendHead(ResponseFields.of(200), false);
    send('a');
    pipeline.sendTrailers(FieldHead.fromPairs([['t', '1']]));
    assert.deepEqual(seen, ['200']);
    assert.equal(pipeline.sendDataFrom(filter, bytes, 0, 4, false), true);
    pipeline.sendTrailersFrom(filter, FieldHead.fromPairs([['t', '2']]));
    assert.deepEqual(seen, ['200', 'late', 't=2']);
  });

  it('tells the source once, whoever has enough, and when nobody has', () => {
    const one: HttpFilter = { ...TAKE };
    const other: HttpFilter = { ...TAKE };
    const { pipeline, seen } = pipelineOf(one, other);
    pipeline.pause(one, true);
    pipeline.pause(other, true);
    pipeline.block(true);
    assert.deepEqual(seen, ['pause']);
    pipeline.pause(one, false);
    pipeline.block(false);
    assert.equal(pipeline.isPaused, true);
    pipeline.pause(other, false);
    assert.deepEqual(seen, ['pause', 'resume']);
  });

  it('tells filters when those behind them take data again, the last first', () => {
    const drained: string[] = [];
    const first: HttpFilter = { ...TAKE, onResponseDrain: () => drained.push('first') };
    const last: HttpFilter = { ...TAKE, onResponseDrain: () => drained.push('last') };
    const { pipeline } = pipelineOf(first, last);
    pipeline.pause(last, true);
    assert.equal(pipeline.sendDataFrom(first, bytes, 0, 4, false), false);
    assert.equal(pipeline.sendDataFrom(last, bytes, 0, 4, false), true);
    pipeline.block(true);
    assert.equal(pipeline.sendDataFrom(last, bytes, 0, 4, false), false);
    pipeline.block(false);
    assert.deepEqual(drained, ['last']);
    pipeline.pause(last, false);
    assert.deepEqual(drained, ['last', 'last', 'first']);
  });

  it('says nothing once it is stopped', () => {
    const filter: HttpFilter = { ...TAKE };
    const { pipeline, seen } = pipelineOf(filter);
    pipeline.stop();
    pipeline.pause(filter, true);
    pipeline.block(true);
    pipeline.sendDataFrom(filter, bytes, 0, 4, true);
    assert.deepEqual(seen, []);
  });
});
