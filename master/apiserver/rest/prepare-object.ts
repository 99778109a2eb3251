/**
 * From what a client sent to what is stored: strategy, defaults, admission, validation, in Kubernetes' order.
 *
 * Both functions change the private copy they are given and throw the StatusError that refuses it.
 */
import type { KubeObject } from '../../../helper/api/meta';
import { invalidObject } from '../../../helper/api/status-error';
import { sameValue } from '../../../helper/api/validate-metadata';
import { admit } from '../admission/admission';
import type { AdmissionReview, Settle } from '../admission/review';
import { changeBody, judgeBody } from '../admission/subresource';
import type { ApiRequest } from '../api-request';
import { assertSignerRights } from '../auth/certificates/signer-rights';
import { refuseNodeWrite } from '../auth/node/admit-node-write';
import { keepOwnersTimes, trackOwners } from './field-owners';
import { carryOverMetadata, fillNewMetadata } from './object-identity';

type Fields = KubeObject & Record<string, unknown>;

export interface PrepareOptions {
  readonly dryRun: boolean;
  /** metadata.managedFields say already who owns what: the object comes from an apply */
  readonly hasOwners?: boolean;
}

/** Makes a new object complete and checks it. The name must be set. Returns whom to tell whether it was stored, if anybody. */
export async function prepareNew(
  request: ApiRequest,
  object: KubeObject,
  { dryRun, hasOwners }: PrepareOptions,
): Promise<Settle | undefined> {
  const { kind, warnings } = request;
  const { strategy } = kind;
  fillNewMetadata(kind, object, new Date());
  strategy.prepareForCreate?.(object, request.user);
  strategy.applyDefaults?.(object);
  if (!hasOwners) trackOwners(request, undefined, object);
  const review: AdmissionReview = { operation: 'create', object, dryRun };
  const changed = admit(request, review, 'mutate');
  if (changed) await changed;
  const errors = strategy.validate(object);
  if (strategy.validateCreate) errors.push(...strategy.validateCreate(object));
  if (errors.length > 0) throw invalidObject(kind, object.metadata.name, errors);
  const judged = admit(request, review, 'validate');
  if (judged) await judged;
  warnings.push(...(strategy.warnings?.(object) ?? []));
  return review.settle;
}

/** Makes the next state of an existing object complete and checks it. `old` is read only. Returns as {@link prepareNew}. */
export async function prepareUpdate(
  request: ApiRequest,
  object: KubeObject,
  old: KubeObject,
  { dryRun, hasOwners }: PrepareOptions,
): Promise<Settle | undefined> {
  const { kind, warnings } = request;
  const { strategy } = kind;
  carryOverMetadata(kind, object, old);
  if (kind.hasStatus) keepField(object, old, 'status');
  strategy.prepareForUpdate?.(object, old);
  strategy.applyDefaults?.(object);
  if (!hasOwners) trackOwners(request, old, object);
  const review: AdmissionReview = { operation: 'update', object, old, dryRun };
  const changed = admit(request, review, 'mutate');
  if (changed) await changed;
  bumpGeneration(request, object, old);
  const errors = strategy.validate(object);
  // Rules that compare with the old state may trust a state that is valid by itself.
  if (errors.length === 0) errors.push(...(strategy.validateUpdate?.(object, old) ?? []));
  if (errors.length > 0) throw invalidObject(kind, object.metadata.name, errors);
  const judged = admit(request, review, 'validate');
  if (judged) await judged;
  warnings.push(...(strategy.warnings?.(object) ?? []));
  keepOwnersTimes(old, object);
  return review.settle;
}

/**
 * The same for the status and approval subresources: only status (of an approval: its conditions), labels, annotations and
 * finalizers are taken.
 */
export async function prepareStatusUpdate(
  request: ApiRequest,
  object: KubeObject,
  old: KubeObject,
  { dryRun, hasOwners }: PrepareOptions,
  part: 'status' | 'approval' = 'status',
): Promise<void> {
  const { kind } = request;
  const { strategy } = kind;
  carryOverMetadata(kind, object, old);
  const owners = old.metadata.ownerReferences;
  if (owners) object.metadata.ownerReferences = owners;
  else delete object.metadata.ownerReferences;
  if (kind.structure) keepMetadata(object, old);
  for (const key of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (key !== 'metadata' && key !== 'status') keepField(object, old, key);
  }
  if (part === 'approval') keepAllButConditions(object, old);
  const { prepare, validate } =
    part === 'approval'
      ? (strategy.approval ?? {})
      : { prepare: strategy.prepareForStatusUpdate, validate: strategy.validateStatusUpdate };
  prepare?.(object, old);
  strategy.applyDefaults?.(object);
  if (!hasOwners) trackOwners(request, old, object);
  refuseNodeWrite(request, { operation: 'update', object, old });
  if (strategy.approval) assertSignerRights(request, object, old);
  const review: AdmissionReview = { operation: 'update', object, old, dryRun };
  const changed = changeBody(request, review);
  if (changed) await changed;
  const errors = [...(strategy.validateUpdate?.(object, old) ?? []), ...(validate?.(object, old) ?? [])];
  if (errors.length > 0) throw invalidObject(kind, object.metadata.name, errors);
  const judged = judgeBody(request, review);
  if (judged) await judged;
  keepOwnersTimes(old, object);
}

function keepAllButConditions(object: KubeObject, old: KubeObject): void {
  const { conditions } = ((object as Fields).status ?? {}) as { conditions?: unknown };
  const { conditions: _before, ...status } = ((old as Fields).status ?? {}) as { conditions?: unknown };
  (object as Fields).status = { ...structuredClone(status), ...(conditions ? { conditions } : {}) };
}

/** Of custom resources the status subresource takes the status alone. */
function keepMetadata(object: KubeObject, old: KubeObject): void {
  const { resourceVersion, managedFields } = object.metadata;
  object.metadata = { ...structuredClone(old.metadata) };
  if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
  if (managedFields) object.metadata.managedFields = managedFields;
}

function keepField(object: KubeObject, old: KubeObject, key: string): void {
  const value = (old as Fields)[key];
  if (value === undefined) delete (object as Fields)[key];
  // `old` is shared by all readers: what becomes part of the new state is a copy.
  else (object as Fields)[key] = structuredClone(value);
}

/** metadata.generation counts the changes of what the user wants: everything but metadata and status. */
function bumpGeneration({ kind }: ApiRequest, object: KubeObject, old: KubeObject): void {
  if (!kind.strategy.hasGeneration) return;
  const { metadata, status, ...wanted } = object as Fields;
  const { metadata: oldMetadata, status: oldStatus, ...before } = old as Fields;
  // Without an address of its own, status is a field like any other.
  if (!sameValue(wanted, before) || !(kind.hasStatus || sameValue(status, oldStatus)))
    metadata.generation = (oldMetadata.generation ?? 0) + 1;
}
