/**
 * ControllerRevision: one earlier state of a StatefulSet or DaemonSet, kept to go back to. Its data never changes.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
 */
import type { ControllerRevision as PublishedControllerRevision } from 'kubernetes-types/apps/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { required } from '../field-error';
import { validateNotNegative } from '../field-rules';
import { type ApiObject, controllerOf } from '../meta';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';

export type ControllerRevision = ApiObject<PublishedControllerRevision>;

export const controllerRevisionResource: Resource<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  shortNames: [],
  categories: [],
  namespaced: true,
};

/** `statefulset.apps/web`: the object this is a revision of. */
function controllerName(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (!owner) return '<none>';
  const [, group] = /^(.+)\//.exec(owner.apiVersion) ?? [];
  return `${(group ? `${owner.kind}.${group}` : owner.kind).toLowerCase()}/${owner.name}`;
}

/** Row of the table: ControllerRevision. */
export const controllerRevisionKind = /* @__PURE__ */ defineKind<ControllerRevision>({
  resource: controllerRevisionResource,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  columns: () => [
    nameColumn,
    column('Controller', 'string', 'Controller of the object', controllerName),
    column(
      'Revision',
      'string',
      'Revision indicates the revision of the state represented by Data.',
      ({ revision }) => revision ?? 0,
    ),
    ageColumn,
  ],
  validate: ({ data, revision }) => [
    ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
    ...validateNotNegative(revision, 'revision'),
  ],
  validateUpdate: ({ data }, old) => immutable(data, old.data, 'data'),
});
