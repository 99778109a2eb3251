/**
 * NodeMetrics: what a node uses, measured when somebody asks. The answer behind `kubectl top nodes`.
 *
 * Nothing of it is stored; the api-server asks the kubelets (`master/apiserver/resource-metrics/`).
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
import { nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { KubeObject } from '../meta';
import type { Resource } from '../resource';
import { type ResourceUsage, usageColumns } from './resource-usage';

export interface NodeMetrics extends KubeObject {
  /** end of the span */
  timestamp: string;
  /** length of the span: `15.02s` */
  window: string;
  usage: ResourceUsage;
}

const nodeMetricsResource: Resource<NodeMetrics> = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'NodeMetrics',
  plural: 'nodes',
  singular: '',
  shortNames: [],
  categories: [],
  namespaced: false,
};

/** Row of the table: NodeMetrics. */
export const nodeMetricsKind = /* @__PURE__ */ defineKind<NodeMetrics>({
  resource: nodeMetricsResource,
  schema: 'io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics',
  stored: false,
  verbs: ['get', 'list'],
  columns: () => [nameColumn, usageColumns(({ usage }) => [usage])],
});
