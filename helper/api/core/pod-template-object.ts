/**
 * PodTemplate: a pod's description kept as an object of its own. Nothing in Kubernetes makes pods from it.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-template-v1/
 */
import type { PodTemplate as PublishedPodTemplate } from 'kubernetes-types/core/v1';
import { column, formatLabelMap, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import { defaultPodTemplate, podTemplateWarnings, validateAnyTemplate } from '../pod-template';
import type { Resource } from '../resource';

export type PodTemplate = ApiObject<PublishedPodTemplate>;

export const podTemplateResource: Resource<PodTemplate> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  shortNames: [],
  categories: [],
  namespaced: true,
};

const listed = ({ template }: PodTemplate, key: 'name' | 'image') =>
  (template?.spec?.containers ?? []).map((container) => container[key] ?? '').join(',');

/** Row of the table: PodTemplate. */
export const podTemplateKind = /* @__PURE__ */ defineKind<PodTemplate>({
  resource: podTemplateResource,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  hasGeneration: true,
  returnsDeleted: true,
  columns: () => [
    nameColumn,
    column('Containers', 'string', 'Names of each container in the template.', (object) => listed(object, 'name')),
    column('Images', 'string', 'Images referenced by each container in the template.', (object) =>
      listed(object, 'image'),
    ),
    column('Pod Labels', 'string', 'The labels for the pod template.', ({ template }) =>
      formatLabelMap(template?.metadata?.labels),
    ),
  ],
  applyDefaults: ({ template }) => defaultPodTemplate(template),
  validate: ({ template }) => validateAnyTemplate(template, 'template'),
  warnings: ({ template }) => podTemplateWarnings(template, 'template'),
});
