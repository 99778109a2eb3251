/**
 * Lets `kubectl apply --server-side` take over an object that `kubectl apply` managed so far.
 *
 * Client-side apply notes its configuration in an annotation. What stands in it unchanged is the user's own, so conflicts
 * over it are none; and while the annotation is there it is kept in step, so that the way back stays open. Only for the
 * manager called kubectl.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply
 */
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { compareObjects } from './compare-objects';
import { FieldSet } from './field-set';
import type { MapType } from './field-type';
import { toFieldSet } from './to-field-set';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** Annotations of an object may not be longer than this altogether. */
const LONGEST_ANNOTATION = 256 * 1024;

/** The manager this is done for. */
export const KUBECTL = 'kubectl';

function annotationsOf(object: JsonObject): JsonObject {
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  return isJsonObject(metadata.annotations) ? metadata.annotations : {};
}

function lastAppliedText(object: JsonObject): string | undefined {
  const text = annotationsOf(object)[ANNOTATION];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function parseConfiguration(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The fields client-side apply set and nobody has changed since; empty when it never managed the object. */
export function lastAppliedFields(type: MapType, live: JsonObject, apiVersion: string): FieldSet {
  const configuration = parseConfiguration(lastAppliedText(live));
  if (configuration?.apiVersion !== apiVersion) return new FieldSet();
  const { added, modified, removed } = compareObjects(type, configuration, live);
  return toFieldSet(type, configuration).difference(modified).difference(added).difference(removed);
}

/** The object with the annotation renewed from what was just applied; the object itself when it has none. */
export function withLastApplied(object: JsonObject, configuration: JsonObject): JsonObject {
  if (lastAppliedText(object) === undefined) return object;
  const text = `${JSON.stringify(withoutAnnotation(configuration))}\n`;
  const { [ANNOTATION]: _, ...others } = annotationsOf(object);
  const annotations = text.length > LONGEST_ANNOTATION ? others : { ...others, [ANNOTATION]: text };
  return { ...object, metadata: { ...(object.metadata as JsonObject), annotations } };
}

function withoutAnnotation(configuration: JsonObject): JsonObject {
  if (lastAppliedText(configuration) === undefined) return configuration;
  const { [ANNOTATION]: _, ...annotations } = annotationsOf(configuration);
  return { ...configuration, metadata: { ...(configuration.metadata as JsonObject), annotations } };
}
