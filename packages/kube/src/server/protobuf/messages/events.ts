import type { MessageGroup } from '../message-group.ts';

/** Messages of `events.k8s.io/v1`. */
export const eventsMessages: MessageGroup = {
  namespace: 'events',
  apiVersion: 'events.k8s.io/v1',
  kinds: ['Event'],
  table: `
Event metadata:1:meta.ObjectMeta eventTime:2:MicroTime? series:3:EventSeries reportingController:4:string?
  reportingInstance:5:string? action:6:string? reason:7:string? regarding:8:core.ObjectReference
  related:9:core.ObjectReference note:10:string? type:11:string? deprecatedSource:12:core.EventSource
  deprecatedFirstTimestamp:13:Time? deprecatedLastTimestamp:14:Time? deprecatedCount:15:int?
EventSeries count:1:int lastObservedTime:2:MicroTime?
`,
};
