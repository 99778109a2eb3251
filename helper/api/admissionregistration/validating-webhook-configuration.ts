/**
 * ValidatingWebhookConfiguration: webhooks that may refuse requests, after everything has changed that may.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import type { ValidatingWebhookConfiguration as PublishedConfiguration } from 'kubernetes-types/admissionregistration/v1';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { defaultWebhook, validateWebhooks, webhookColumns } from './webhook-rules';

export type ValidatingWebhookConfiguration = ApiObject<PublishedConfiguration>;

export const validatingWebhookConfigurationResource: Resource<ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  shortNames: [],
  categories: ['api-extensions'],
  namespaced: false,
};

/** Row of the table: ValidatingWebhookConfiguration. */
export const validatingWebhookConfigurationKind = /* @__PURE__ */ defineKind<ValidatingWebhookConfiguration>({
  resource: validatingWebhookConfigurationResource,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  updateNeedsVersion: true,
  hasGeneration: true,
  columns: webhookColumns,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
    }
  },
  validate: ({ webhooks }) => validateWebhooks(webhooks),
});
