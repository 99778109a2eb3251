/**
 * What has to be right about an Event. Those with an eventTime are written by today's recorders and have to say who saw what;
 * the others keep working as they always did.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import { type FieldError, invalid, required } from '../field-error';
import { qualifiedNameRule } from '../names';
import type { Event } from './event';

/** Longest texts, in characters. */
const REPORTER_LIMIT = 128;
const MESSAGE_LIMIT = 1024;
/** Namespaces that hold the events of cluster-scoped objects. */
const CLUSTER_EVENT_NAMESPACES = ['default', 'kube-system'];

const mismatch = (namespace: string) =>
  invalid('involvedObject.namespace', namespace, 'does not match event.namespace');

function atMostCharacters(text: string | undefined, limit: number, field: string): FieldError[] {
  return [...(text ?? '')].length > limit ? [invalid(field, '', `can have at most ${limit} characters`)] : [];
}

function requiredText(text: string | undefined, field: string): FieldError[] {
  return text ? atMostCharacters(text, REPORTER_LIMIT, field) : [required(field)];
}

/** The Event's own rules; `reporterField` is what the group the request came by calls the reporter. */
export function validateEventFields(event: Event, reporterField: string): FieldError[] {
  const namespace = event.involvedObject?.namespace ?? '';
  const own = event.metadata.namespace ?? '';
  if (!event.eventTime) {
    const fits = namespace ? namespace === own : own === 'default';
    return fits ? [] : [mismatch(namespace)];
  }
  const reporter = event.reportingComponent ?? '';
  return [
    ...(namespace || CLUSTER_EVENT_NAMESPACES.includes(own) ? [] : [mismatch(namespace)]),
    ...(reporter ? [] : [required(reporterField)]),
    ...qualifiedNameRule(reporter).map((reason) => invalid(reporterField, reporter, reason)),
    ...requiredText(event.reportingInstance, 'reportingInstance'),
    ...requiredText(event.action, 'action'),
    ...requiredText(event.reason, 'reason'),
    ...atMostCharacters(event.message, MESSAGE_LIMIT, 'message'),
  ];
}
