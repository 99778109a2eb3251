/**
 * ComponentStatus: how the parts of the control plane are, asked at the moment somebody looks. Deprecated, and still what `kubectl get cs` shows.
 *
 * Nothing of it is stored; the api-server asks the components (`master/apiserver/component-status/`).
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/component-status-v1/
 */
import type { ComponentStatus as PublishedComponentStatus } from 'kubernetes-types/core/v1';
import { column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type ComponentStatus = ApiObject<PublishedComponentStatus>;

const componentStatusResource: Resource<ComponentStatus> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  categories: [],
  namespaced: false,
};

const healthOf = ({ conditions }: ComponentStatus) => conditions?.find(({ type }) => type === 'Healthy');

/** Row of the table: ComponentStatus. */
export const componentStatusKind = /* @__PURE__ */ defineKind<ComponentStatus>({
  resource: componentStatusResource,
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  stored: false,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: () => [
    nameColumn,
    column('Status', 'string', 'Whether the component is well.', (status) =>
      healthOf(status)?.status === 'True' ? 'Healthy' : 'Unhealthy',
    ),
    column('Message', 'string', 'What it says.', (status) => healthOf(status)?.message ?? ''),
    column('Error', 'string', 'Why it could not be asked.', (status) => healthOf(status)?.error ?? ''),
  ],
});
