/**
 * CSIDriver: what Kubernetes has to know of a storage driver that is installed.
 * https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/csi-driver-v1/
 */
import type { CSIDriverSpec, CSIDriver as PublishedDriver, TokenRequest } from 'kubernetes-types/storage/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error';
import { each } from '../field-rules';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';

export type CSIDriver = ApiObject<PublishedDriver>;

const csiDriverResource: Resource<CSIDriver> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral'];
const SHORTEST_TOKEN_SECONDS = 600;
const LONGEST_TOKEN_SECONDS = 2 ** 32;
const NEEDED = ['attachRequired', 'podInfoOnMount', 'storageCapacity', 'seLinuxMount'] as const;

function defaultSpec(spec: CSIDriverSpec): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

function validateTokens(requests: readonly TokenRequest[] | undefined, path: string): FieldError[] {
  const audiences = (requests ?? []).map(({ audience }) => audience);
  return each(requests, path, ({ audience, expirationSeconds: seconds }, at, index) => {
    if (audiences.indexOf(audience) < index) return [duplicate(`${at}.audience`, audience)];
    return validateTokenSeconds(seconds, `${at}.expirationSeconds`);
  });
}

function validateTokenSeconds(seconds: number | undefined, field: string): FieldError[] {
  return [
    ...(seconds !== undefined && seconds < SHORTEST_TOKEN_SECONDS
      ? [invalid(field, seconds, 'may not specify a duration less than 10 minutes')]
      : []),
    ...(seconds !== undefined && seconds > LONGEST_TOKEN_SECONDS
      ? [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
      : []),
  ];
}

function validateSpec(spec: CSIDriverSpec): FieldError[] {
  const { fsGroupPolicy, tokenRequests, volumeLifecycleModes } = spec;
  return [
    ...NEEDED.flatMap((key) => (spec[key] === undefined ? [required(`spec.${key}`)] : [])),
    ...(fsGroupPolicy === undefined || GROUP_POLICIES.includes(fsGroupPolicy)
      ? []
      : [notSupported('spec.fsGroupPolicy', fsGroupPolicy, GROUP_POLICIES)]),
    ...validateTokens(tokenRequests, 'spec.tokenRequests'),
    ...(volumeLifecycleModes ?? []).flatMap((mode) =>
      LIFECYCLE_MODES.includes(mode) ? [] : [notSupported('spec.volumeLifecycleModes', mode, LIFECYCLE_MODES)],
    ),
  ];
}

/** Row of the table: CSIDriver. */
export const csiDriverKind = /* @__PURE__ */ defineKind<CSIDriver>({
  resource: csiDriverResource,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  updateNeedsVersion: true,
  columns: () => [
    nameColumn,
    column(
      'AttachRequired',
      'boolean',
      'Whether volumes have to be attached.',
      ({ spec }) => spec?.attachRequired ?? true,
    ),
    column(
      'PodInfoOnMount',
      'boolean',
      'Whether the driver is told of the pod.',
      ({ spec }) => spec?.podInfoOnMount ?? false,
    ),
    column(
      'StorageCapacity',
      'boolean',
      'Whether the scheduler asks for capacity.',
      ({ spec }) => spec?.storageCapacity ?? false,
    ),
    column(
      'TokenRequests',
      'string',
      'Audiences of the tokens the driver gets.',
      ({ spec }) => spec?.tokenRequests?.map(({ audience }) => audience).join(',') || '<unset>',
    ),
    column(
      'RequiresRepublish',
      'boolean',
      'Whether volumes are published again and again.',
      ({ spec }) => spec?.requiresRepublish ?? false,
    ),
    column(
      'Modes',
      'string',
      'Sorts of volumes the driver has.',
      ({ spec }) => spec?.volumeLifecycleModes?.join(',') || '<none>',
    ),
    ageColumn,
  ],
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  validate: ({ spec }) => (spec ? validateSpec(spec) : [required('spec')]),
  validateUpdate: ({ spec }, old) => [
    // Kubernetes calls the field so.
    ...immutable(spec?.attachRequired, old.spec?.attachRequired, 'spec.attachedRequired'),
    ...immutable(spec?.volumeLifecycleModes, old.spec?.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ],
});
