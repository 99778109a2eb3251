/**
 * The endpoints controller as a component: Endpoints and EndpointSlices of every Service with a selector.
 */
import { type Endpoints, endpointsResource } from '../../../helper/api/core/endpoints';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { type Service, serviceResource } from '../../../helper/api/core/service';
import { type EndpointSlice, endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import { matchesLabelMap } from '../../../helper/api/label-selector';
import { objectKey } from '../../../helper/api/meta';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import {
  type ControllerSpec,
  EMPTY_PLAN,
  type EventDraft,
  type Plan,
  type View,
} from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { isMirrored, MIRRORED_BY, mirrorEndpoints } from './mirror-endpoints';
import { reconcileEndpoints, TRIGGER_TIME } from './reconcile-endpoints';
import {
  MANAGED_BY,
  MANAGED_BY_LABEL,
  reconcileSlices,
  SERVICE_NAME_LABEL,
  type SlicePlan,
  sliceWrites,
} from './reconcile-slices';
import { wantsAuto, wantsHints } from './topology-hints';

const hasSelector = (service: Service) =>
  Object.keys(service.spec?.selector ?? {}).length > 0 &&
  service.spec?.type !== 'ExternalName' &&
  !service.metadata.deletionTimestamp;

function selectedPods(service: Service, view: View): Pod[] {
  const pods = view.cache(podResource).list(service.metadata.namespace);
  return pods.filter((pod) => matchesLabelMap(service.spec?.selector, pod.metadata.labels));
}

/** A pod wakes the Services that select it; its state before a change is asked too, so a pod that left is noticed. */
const podWatch = {
  resource: podResource,
  // A pod without a node has no address.
  fieldSelector: 'spec.nodeName!=',
  toKeys: (pod: Pod, view: View) =>
    view
      .cache(serviceResource)
      .list(pod.metadata.namespace)
      .filter((service) => hasSelector(service) && matchesLabelMap(service.spec?.selector, pod.metadata.labels))
      .map(objectKey),
};

const sliceWatch = {
  resource: endpointSliceResource,
  toKeys: (slice: EndpointSlice) => {
    const service = slice.metadata.labels?.[SERVICE_NAME_LABEL];
    return service ? [`${slice.metadata.namespace}/${service}`] : [];
  },
};

/** Slices that belong to an object (by index, since a namespace may have thousands) and that one controller made. */
function slicesOf(view: View, owner: { readonly uid?: string } | undefined, manager: string): EndpointSlice[] {
  const owned = view.cache(endpointSliceResource).ownedBy(owner?.uid ?? '');
  return owned.filter(({ metadata: { labels } }) => labels?.[MANAGED_BY_LABEL] === manager);
}

/** A node that comes, goes, or changes its zone or cores matters to Services that keep traffic near. */
const nodeWatch = {
  resource: nodeResource,
  toKeys: (_node: Node, view: View) => view.cache(serviceResource).list().filter(wantsHints).map(objectKey),
};

/** Told when it changes something, as is that hints begin. */
function hintEvents(service: Service, plan: SlicePlan, before: readonly EndpointSlice[]): EventDraft[] {
  if (!wantsAuto(service) || plan.create.length + plan.update.length === 0) return [];
  if (plan.problem)
    return [{ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message: `${plan.problem}, addressType: IPv4` }];
  const hasHints = (slices: readonly EndpointSlice[]) =>
    slices.some(({ endpoints }) => endpoints.some(({ hints }) => hints));
  if (hasHints(before) || !hasHints([...plan.create, ...plan.update])) return [];
  const message = 'Topology Aware Hints has been enabled, addressType: IPv4';
  return [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message }];
}

const slices: ControllerSpec<Service> = {
  name: 'endpointslice-controller',
  primary: serviceResource,
  watches: [
    podWatch as ControllerSpec<Service>['watches'][number],
    sliceWatch as ControllerSpec<Service>['watches'][number],
    nodeWatch as ControllerSpec<Service>['watches'][number],
  ],
  plan(service, _key, view): Plan {
    // Slices of a Service that is gone are the garbage collector's: they carry an ownerReference.
    if (!service || !hasSelector(service)) return EMPTY_PLAN;
    const own = slicesOf(view, service.metadata, MANAGED_BY);
    const plan = reconcileSlices(service, selectedPods(service, view), own, view.cache(nodeResource).list());
    return { steps: sliceWrites(plan), events: hintEvents(service, plan, own) };
  },
};

const endpoints: ControllerSpec<Service> = {
  name: 'endpoint-controller',
  primary: serviceResource,
  watches: [
    podWatch as ControllerSpec<Service>['watches'][number],
    { resource: endpointsResource, toKeys: (object) => [objectKey(object)] },
  ],
  plan(service, key, view, now): Plan {
    const [namespace = '', name = ''] = key.split('/');
    const current = view.cache(endpointsResource).get(namespace, name);
    if (!service) {
      // Endpoints have no ownerReference; a Service of the same name is their only tie. A user's own ones stay.
      const isOurs = current?.metadata.annotations?.[TRIGGER_TIME] !== undefined;
      return isOurs ? { steps: [[{ verb: 'delete', resource: endpointsResource, object: current }]] } : EMPTY_PLAN;
    }
    if (!hasSelector(service)) return EMPTY_PLAN;
    const wanted = reconcileEndpoints(service, selectedPods(service, view), current, now);
    if (!wanted) return EMPTY_PLAN;
    return { steps: [[{ verb: current ? 'update' : 'create', resource: endpointsResource, object: wanted }]] };
  },
};

const mirror: ControllerSpec<Endpoints> = {
  name: 'endpointslicemirroring-controller',
  primary: endpointsResource,
  watches: [
    // A Service and its Endpoints have one name.
    { resource: serviceResource, toKeys: (service) => [objectKey(service)] },
    sliceWatch as ControllerSpec<Endpoints>['watches'][number],
  ],
  plan(object, key, view): Plan {
    const [namespace = '', name = ''] = key.split('/');
    const service = view.cache(serviceResource).get(namespace, name);
    const source = object && isMirrored(object, service) ? object : undefined;
    // Copies of Endpoints that are gone are the garbage collector's.
    const copies = slicesOf(view, object?.metadata, MIRRORED_BY);
    return { steps: sliceWrites(mirrorEndpoints(source, copies)) };
  },
};

export const component: Component = oneActs({
  name: 'endpoints-controller',
  summary: 'which pods stand behind a Service',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: 'endpoints-controller' });
    const controllers = runControllers([slices, endpoints, mirror], { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
