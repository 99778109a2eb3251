/**
 * The namespace controller as a component: what every namespace has from the start, and how it is emptied at its end.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configMapResource } from '../../../helper/api/core/config-map';
import { type Namespace, namespaceResource } from '../../../helper/api/core/namespace';
import { serviceAccountResource } from '../../../helper/api/core/service-account';
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import type { ControllerSpec, WatchSource } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { namespaceDeletionController } from './namespace-deletion';
import { ROOT_CA_NAME, reconcileRootCa } from './reconcile-root-ca';
import { DEFAULT_ACCOUNT, reconcileServiceAccount } from './reconcile-service-account';

const NAME = 'namespace-controller';

/** The objects of one name, one in each namespace; a change wakes the namespace. */
const oneInEach = (resource: Resource, name: string): WatchSource => ({
  resource,
  fieldSelector: `metadata.name=${name}`,
  toKeys: (object: KubeObject) => [object.metadata.namespace ?? ''],
});

export const serviceAccountController: ControllerSpec<Namespace> = {
  name: 'service-account-controller',
  primary: namespaceResource,
  watches: [oneInEach(serviceAccountResource, DEFAULT_ACCOUNT)],
  plan: (namespace, key, view) =>
    reconcileServiceAccount(namespace, view.cache(serviceAccountResource).get(key, DEFAULT_ACCOUNT)),
};

/** `certificate` is the PEM text every namespace gets. */
export const rootCaController = (certificate: string): ControllerSpec<Namespace> => ({
  name: 'root-ca-certificate-publisher-controller',
  primary: namespaceResource,
  watches: [oneInEach(configMapResource, ROOT_CA_NAME)],
  plan: (namespace, key, view) =>
    reconcileRootCa(namespace, view.cache(configMapResource).get(key, ROOT_CA_NAME), certificate),
});

export const component: Component = oneActs({
  name: NAME,
  summary: 'default account and CA of each namespace; empties deleted ones',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const certificate = readFileSync(join(settings.home, 'pki', 'ca.crt'), 'utf8');
    const specs = [serviceAccountController, rootCaController(certificate), namespaceDeletionController(client)];
    const controllers = runControllers(specs, { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
