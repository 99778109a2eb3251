/**
 * Event: something a component did or saw about an object, for people to read.
 *
 * The same observation made again raises `count` instead of adding an object. The api-server forgets events after an hour.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import type { Event as PublishedEvent } from 'kubernetes-types/core/v1';
import { ageOf } from '../age';
import { column, wideColumn, wideNameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { validateEventFields } from './event-validation';

export type Event = ApiObject<PublishedEvent>;

export const eventResource: Resource<Event> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  namespaced: true,
};

const firstSeen = (event: Event, now: Date) => ageOf(event.firstTimestamp ?? event.eventTime, now);

function lastSeen(event: Event, now: Date): string {
  if (event.series) return ageOf(event.series.lastObservedTime, now);
  return event.lastTimestamp ? ageOf(event.lastTimestamp, now) : firstSeen(event, now);
}

function target({ involvedObject }: Event): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.component ? event.source.host : event.reportingInstance;
  return host ? `${component}, ${host}` : component;
}

const involved = (key: 'kind' | 'namespace' | 'name' | 'uid' | 'apiVersion' | 'resourceVersion' | 'fieldPath') => {
  return (event: Event) => event.involvedObject?.[key] ?? '';
};

/** Row of the table: Event. */
export const eventKind = /* @__PURE__ */ defineKind<Event>({
  resource: eventResource,
  schema: 'io.k8s.api.core.v1.Event',
  createdByUpdate: true,
  columns: () => [
    column('Last Seen', 'string', 'The time at which the most recent occurrence of this event was recorded.', lastSeen),
    column(
      'Type',
      'string',
      'Type of this event (Normal, Warning), new types could be added in the future',
      (event) => event.type ?? '',
    ),
    column(
      'Reason',
      'string',
      'A short, machine understandable reason for the transition.',
      (event) => event.reason ?? '',
    ),
    column('Object', 'string', 'The object that this event is about.', target),
    wideColumn(
      'Subobject',
      'string',
      'The part of the object this event is about.',
      (event) => event.involvedObject.fieldPath ?? '',
    ),
    wideColumn('Source', 'string', 'The component reporting this event.', source),
    column('Message', 'string', 'A human-readable description of the status of this operation.', (event) =>
      (event.message ?? '').trim(),
    ),
    wideColumn('First Seen', 'string', 'The time at which the event was first recorded.', firstSeen),
    wideColumn('Count', 'string', 'The number of times this event has occurred.', (event) =>
      String(event.series?.count ?? (event.count || 1)),
    ),
    wideNameColumn,
  ],
  fieldSelectors: {
    'involvedObject.kind': /* @__PURE__ */ involved('kind'),
    'involvedObject.namespace': /* @__PURE__ */ involved('namespace'),
    'involvedObject.name': /* @__PURE__ */ involved('name'),
    'involvedObject.uid': /* @__PURE__ */ involved('uid'),
    'involvedObject.apiVersion': /* @__PURE__ */ involved('apiVersion'),
    'involvedObject.resourceVersion': /* @__PURE__ */ involved('resourceVersion'),
    'involvedObject.fieldPath': /* @__PURE__ */ involved('fieldPath'),
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
  validate: (event) => validateEventFields(event, 'reportingComponent'),
});
