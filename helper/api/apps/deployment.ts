/**
 * Deployment: names and type.
 */
import type { Deployment as PublishedDeployment } from 'kubernetes-types/apps/v1';
import { ageColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';

export type Deployment = ApiObject<PublishedDeployment>;

export const deploymentResource: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
};

/** Row of the table: Deployment. */
export const deploymentKind = defineKind<Deployment>({
  resource: deploymentResource,
  schema: 'io.k8s.api.apps.v1.Deployment',
  hasStatus: true,
  hasGeneration: true,
  columns: [nameColumn, ageColumn],
});
