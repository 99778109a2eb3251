/**
 * MutatingWebhookConfiguration: webhooks that may change objects on their way into the store.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import type { MutatingWebhookConfiguration as PublishedConfiguration } from 'kubernetes-types/admissionregistration/v1';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { defaultWebhook, validateWebhooks, webhookColumns } from './webhook-rules';

export type MutatingWebhookConfiguration = ApiObject<PublishedConfiguration>;

export const mutatingWebhookConfigurationResource: Resource<MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  shortNames: [],
  categories: ['api-extensions'],
  namespaced: false,
};

/** Row of the table: MutatingWebhookConfiguration. */
export const mutatingWebhookConfigurationKind = /* @__PURE__ */ defineKind<MutatingWebhookConfiguration>({
  resource: mutatingWebhookConfigurationResource,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  updateNeedsVersion: true,
  hasGeneration: true,
  columns: webhookColumns,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: ({ webhooks }) => validateWebhooks(webhooks),
});
