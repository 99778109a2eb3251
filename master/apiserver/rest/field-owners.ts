/**
 * managedFields at the door: which manager a request is, and what it comes to own by writing an object.
 *
 * Every write of an object, its status or its scale passes here after defaults and before admission; what admission adds is
 * nobody's. An apply has settled its owners already and comes past only for the times.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';
import type { JsonObject } from '../../../helper/patch/json-object';
import type { ApiRequest } from '../api-request';
import { customType } from '../apply/custom-type';
import { type MapType, typeOfKind } from '../apply/field-type';
import { managerName } from '../apply/manager-name';
import type { ManagedFieldsEntry } from '../apply/managers';
import { ignoredFields, keepTimes, updateManagers, type WriteContext } from '../apply/update-managers';
import { versionConverter } from './owners-versions';

/** Programs that talk to one server are few; who sends ever new names is only slower. */
const MAX_KNOWN_AGENTS = 1000;

const types = new WeakMap<Kind, MapType>();
const namesByAgent = new Map<string, string>();

function typeOf(kind: Kind): MapType {
  let type = types.get(kind);
  if (!type) {
    const { schema, structure } = kind;
    type = structure ? customType(structure.schema as JsonObject) : typeOfKind(schema);
    types.set(kind, type);
  }
  return type;
}

function nameOfAgent(userAgent: string): string {
  let name = namesByAgent.get(userAgent);
  if (name === undefined) {
    name = managerName(null, userAgent);
    if (namesByAgent.size >= MAX_KNOWN_AGENTS) namesByAgent.clear();
    namesByAgent.set(userAgent, name);
  }
  return name;
}

/** Who writes what through which door. */
export function writeContext({ req, info, kind, cache, registry }: ApiRequest): WriteContext {
  const { subresource, query } = info;
  return {
    type: typeOf(kind),
    manager: query.get('fieldManager') || nameOfAgent(req.headers['user-agent'] ?? ''),
    apiVersion: apiVersionOf(kind),
    subresource,
    now: new Date(),
    ignored: ignoredFields(subresource, kind.hasStatus),
    convert: versionConverter(registry, cache, typeOf),
  };
}

/** Puts the managedFields of a written object into it; `live` is undefined when it is new. What the client sent must still be in it. */
export function trackOwners(request: ApiRequest, live: KubeObject | undefined, object: KubeObject): void {
  setOwners(object, updateManagers({ ...writeContext(request), live, next: object }));
}

/** The last step of an update: a write that changes nothing keeps its owners' times and stays a write that changes nothing. */
export function keepOwnersTimes(live: KubeObject, object: KubeObject): void {
  setOwners(object, keepTimes(object.metadata.managedFields as ManagedFieldsEntry[] | undefined, live));
}

function setOwners({ metadata }: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  // Last of all keys: where Kubernetes has it, and where people look past it.
  delete metadata.managedFields;
  if (entries) metadata.managedFields = entries as NonNullable<typeof metadata.managedFields>;
}
