/**
 * Lines of a watch stream: `{"type":"ADDED","object":{...}}`, from bytes that are ready.
 */
import type { Kind } from '../../../helper/api/kind';
import type { WatchEvent } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

const END = Buffer.from('}\n');
const STARTS: Readonly<Record<ChangeType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};

/** The line for an object, from its JSON. */
export function changeLine(type: ChangeType, json: Buffer): Buffer {
  return Buffer.concat([STARTS[type], json, END]);
}

/** The line for any event value. */
export function valueLine(event: { type: WatchEvent['type']; object: unknown }): Buffer {
  return Buffer.from(`${JSON.stringify(event)}\n`);
}

/** A BOOKMARK: no object, only the revision the stream has reached. The first one after the initial events says so. */
export function bookmarkEvent(kind: Kind, revision: number, endsInitialEvents: boolean): WatchEvent {
  const annotations = endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
  return {
    type: 'BOOKMARK',
    object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata } as unknown as WatchEvent['object'],
  };
}
