/**
 * Service: names and type.
 */
import type { Service as PublishedService } from 'kubernetes-types/core/v1';
import { ageColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Service = ApiObject<PublishedService>;

export const serviceResource: Resource<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
};

/** Row of the table: Service. */
export const serviceKind = defineKind<Service>({
  resource: serviceResource,
  schema: 'io.k8s.api.core.v1.Service',
  hasStatus: true,
  columns: [nameColumn, ageColumn],
});
