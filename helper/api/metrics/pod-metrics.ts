/**
 * PodMetrics: what the containers of a pod use, measured when somebody asks. The answer behind `kubectl top pods`.
 *
 * Nothing of it is stored; the api-server asks the kubelets (`master/apiserver/resource-metrics/`). Labels are the pod's, so that selectors work.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
import { nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { KubeObject } from '../meta';
import type { Resource } from '../resource';
import { type ResourceUsage, usageColumns } from './resource-usage';

export interface PodMetrics extends KubeObject {
  /** end of the span */
  timestamp: string;
  /** length of the span: `15.02s` */
  window: string;
  containers: { name: string; usage: ResourceUsage }[];
}

const podMetricsResource: Resource<PodMetrics> = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  singular: '',
  shortNames: [],
  categories: [],
  namespaced: true,
};

/** Row of the table: PodMetrics. */
export const podMetricsKind = /* @__PURE__ */ defineKind<PodMetrics>({
  resource: podMetricsResource,
  schema: 'io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics',
  stored: false,
  verbs: ['get', 'list'],
  columns: () => [nameColumn, usageColumns(({ containers }) => containers.map(({ usage }) => usage))],
});
