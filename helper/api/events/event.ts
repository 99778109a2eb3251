/**
 * Event of events.k8s.io: the newer words for the same objects as core Events, with stricter rules for those who write them.
 *
 * `kubectl events` and recorders of today use this group; the objects are stored as core Events and seen through both.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import type { Event as PublishedEvent } from 'kubernetes-types/events/v1';
import { type Event as CoreEvent, eventKind } from '../core/event';
import { validateEventFields } from '../core/event-validation';
import { defineFace } from '../define-face';
import { type FieldError, invalid, required } from '../field-error';
import type { ApiObject } from '../meta';
import { dnsSubdomain } from '../names';
import type { Resource } from '../resource';
import { sameValue, validateMetadata, validateMetadataUpdate } from '../validate-metadata';

type Event = ApiObject<PublishedEvent>;

const eventResource: Resource<Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  namespaced: true,
};

/** What a field is called here and in a core Event; all others have one name. */
const RENAMED: readonly (readonly [string, string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];
const TO_CORE = new Map(RENAMED);
const FROM_CORE = new Map(RENAMED.map(([here, core]) => [core, here] as const));

function renamed(object: object, names: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]));
}

/** The core Event of the same meaning. */
function toCoreEvent(event: Event): CoreEvent {
  const core = renamed(event, TO_CORE);
  return { ...core, apiVersion: 'v1', involvedObject: core['involvedObject'] ?? {} } as CoreEvent;
}

/** The events.k8s.io Event of the same meaning; eventTime is there even when nothing is known of it. */
function fromCoreEvent(core: CoreEvent): Event {
  const event = renamed(core, FROM_CORE);
  return { ...event, apiVersion: 'events.k8s.io/v1', eventTime: core.eventTime ?? null } as unknown as Event;
}

const TYPES = ['Normal', 'Warning'];

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}

/** What writers of this group have to keep beyond what the old one asks. */
function validateNewEvent(event: Event): FieldError[] {
  const { deprecatedSource: source } = event;
  const unset = [
    ['firstTimestamp', event.deprecatedFirstTimestamp],
    ['lastTimestamp', event.deprecatedLastTimestamp],
    ['count', event.deprecatedCount],
    ['source', source?.component || source?.host],
  ] as const;
  return [
    ...validateSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(TYPES.includes(event.type ?? '') ? [] : [invalid('type', '', `has invalid value: ${event.type ?? ''}`)]),
    ...unset.flatMap(([field, value]) => (value ? [invalid(field, '', 'needs to be unset')] : [])),
  ];
}

/**
 * Kubernetes means to keep all but the series, and compares an event with itself: clients do change others (its conformance test the
 * note), so nothing is fixed here either.
 */
function validateEventUpdate(event: Event, old: Event): FieldError[] {
  return [...validateMetadataUpdate(event, old), ...(sameValue(event.series, old.series) ? [] : validateSeries(event))];
}

const regarding = (key: 'kind' | 'namespace' | 'name' | 'uid' | 'apiVersion' | 'resourceVersion' | 'fieldPath') => {
  return (event: Event) => event.regarding?.[key] ?? '';
};

/** Row of the table: Event of events.k8s.io. */
export const newEventKind = /* @__PURE__ */ defineFace<Event, CoreEvent>({
  resource: eventResource,
  schema: 'io.k8s.api.events.v1.Event',
  of: eventKind,
  toStored: toCoreEvent,
  fromStored: fromCoreEvent,
  fieldSelectors: {
    'regarding.kind': /* @__PURE__ */ regarding('kind'),
    'regarding.namespace': /* @__PURE__ */ regarding('namespace'),
    'regarding.name': /* @__PURE__ */ regarding('name'),
    'regarding.uid': /* @__PURE__ */ regarding('uid'),
    'regarding.apiVersion': /* @__PURE__ */ regarding('apiVersion'),
    'regarding.resourceVersion': /* @__PURE__ */ regarding('resourceVersion'),
    'regarding.fieldPath': /* @__PURE__ */ regarding('fieldPath'),
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController ?? '',
    type: (event) => event.type ?? '',
  },
  validate: (event) => [
    ...validateMetadata(event.metadata, { namespaced: true, nameRule: dnsSubdomain }),
    ...validateEventFields(toCoreEvent(event), 'reportingController'),
  ],
  validateCreate: validateNewEvent,
  validateUpdate: validateEventUpdate,
});
