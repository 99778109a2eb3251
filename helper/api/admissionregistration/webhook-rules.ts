/**
 * What the two kinds of webhook configuration share: columns, and defaults and validation of one webhook.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import type {
  MatchCondition,
  MutatingWebhook,
  ValidatingWebhook,
  WebhookClientConfig,
} from 'kubernetes-types/admissionregistration/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../field-error';
import { each, follows, optionalOneOf, requiredName } from '../field-rules';
import type { Column } from '../kind';
import type { KubeObject } from '../meta';
import { dns1035Label, dnsSubdomain, portNumber, qualifiedNameRule } from '../names';
import {
  defaultRules,
  FAILURE_POLICIES,
  MATCH_POLICIES,
  type RequestRule,
  validateRule,
  validateSelectors,
} from './match-rules';

/** A webhook of either kind; only mutating ones are asked again. */
export type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>;

const DEFAULT_TIMEOUT_SECONDS = 10;
const LONGEST_TIMEOUT_SECONDS = 30;
const DEFAULT_PORT = 443;
const MAX_MATCH_CONDITIONS = 64;
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const LEAST_NAME_SEGMENTS = 3;

/** Columns of `kubectl get` of either kind. */
export const webhookColumns = (): Column<KubeObject & { webhooks?: readonly unknown[] }>[] => [
  nameColumn,
  column('Webhooks', 'integer', 'How many webhooks the configuration names.', ({ webhooks }) => webhooks?.length ?? 0),
  ageColumn,
];

/** Fills what users leave out of a webhook. */
export function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= DEFAULT_TIMEOUT_SECONDS;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= DEFAULT_PORT;
  defaultRules(webhook.rules as RequestRule[] | undefined);
}

function validateWebhookName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const reasons = dnsSubdomain(name);
  if (reasons.length > 0) return reasons.map((reason) => invalid(field, name, reason));
  const message = `should be a domain with at least three segments separated by dots`;
  return name.split('.').length < LEAST_NAME_SEGMENTS ? [invalid(field, name, message)] : [];
}

function validateReviewVersions(versions: readonly string[] | undefined, field: string): FieldError[] {
  if (!versions?.length) return [required(field, `must specify one of ${REVIEW_VERSIONS.join(', ')}`)];
  const errors = each(versions, field, (version, at, index) =>
    versions.indexOf(version) < index
      ? [invalid(at, version, 'duplicate version')]
      : follows(dns1035Label, version, at),
  );
  if (versions.some((version) => REVIEW_VERSIONS.includes(version))) return errors;
  return [...errors, invalid(field, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`)];
}

function validateUrl(text: string, field: string): FieldError[] {
  const form = 'desired format: https://host[/path]';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [required(field, `url must be a valid URL: parse ${JSON.stringify(text)}; ${form}`)];
  }
  const errors: FieldError[] = [];
  const refuse = (value: string, reason: string) => errors.push(invalid(field, value, reason));
  if (url.protocol !== 'https:')
    refuse(url.protocol.replace(':', ''), `'https' is the only allowed URL scheme; ${form}`);
  if (!url.host) refuse(url.host, `host must be specified; ${form}`);
  if (url.username || url.password)
    refuse(
      url.password ? `${url.username}:${url.password}` : url.username,
      'user information is not permitted in the URL',
    );
  if (url.hash) refuse(url.hash.slice(1), 'fragments are not permitted in the URL');
  if (url.search) refuse(url.search.slice(1), 'query parameters are not permitted in the URL');
  return errors;
}

/** Where to ask: a service of the cluster or a URL. */
export function validateClientConfig(config: WebhookClientConfig | undefined, path: string): FieldError[] {
  const { url, service } = config ?? {};
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateUrl(url, `${path}.url`);
  const { name, namespace, path: servicePath, port } = service ?? {};
  const field = `${path}.service`;
  return [
    ...(name ? [] : [required(`${field}.name`, 'service name is required')]),
    ...(namespace ? [] : [required(`${field}.namespace`, 'service namespace is required')]),
    ...(servicePath && !servicePath.startsWith('/')
      ? [invalid(`${field}.path`, servicePath, "must start with a '/'")]
      : []),
    ...(port === undefined
      ? []
      : portNumber(port).map((reason) => invalid(`${field}.port`, port, `port is not valid: ${reason}`))),
  ];
}

/** Conditions a request has to meet; their expressions are compiled elsewhere. */
export function validateMatchConditions(conditions: readonly MatchCondition[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  const errors =
    (conditions?.length ?? 0) > MAX_MATCH_CONDITIONS
      ? [tooMany(path, conditions?.length ?? 0, MAX_MATCH_CONDITIONS)]
      : [];
  return [
    ...errors,
    ...each(conditions, path, ({ name, expression }, at) => {
      const isRepeated = name !== undefined && name !== '' && seen.has(name);
      seen.add(name);
      return [
        ...(expression?.trim() ? [] : [required(`${at}.expression`)]),
        ...requiredName(qualifiedNameRule, name, `${at}.name`),
        ...(isRepeated ? [duplicate(`${at}.name`, name)] : []),
      ];
    }),
  ];
}

function validateWebhook(webhook: Webhook, path: string): FieldError[] {
  const { sideEffects, timeoutSeconds } = webhook;
  return [
    ...validateWebhookName(webhook.name, `${path}.name`),
    ...each(webhook.rules as RequestRule[] | undefined, `${path}.rules`, validateRule),
    ...optionalOneOf(webhook.failurePolicy, FAILURE_POLICIES, `${path}.failurePolicy`),
    ...optionalOneOf(webhook.matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`),
    ...(sideEffects ? [] : [required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(', ')}`)]),
    ...(sideEffects && !SIDE_EFFECTS.includes(sideEffects)
      ? [notSupported(`${path}.sideEffects`, sideEffects, SIDE_EFFECTS)]
      : []),
    ...(timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > LONGEST_TIMEOUT_SECONDS)
      ? [invalid(`${path}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...validateSelectors(webhook, path),
    ...validateClientConfig(webhook.clientConfig, `${path}.clientConfig`),
    ...validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`),
    ...validateReviewVersions(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`),
    ...optionalOneOf(webhook.reinvocationPolicy, REINVOCATION_POLICIES, `${path}.reinvocationPolicy`),
  ];
}

/** All that is wrong with the webhooks of a configuration. */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  return each(webhooks, 'webhooks', (webhook, path, index) => [
    ...validateWebhook(webhook, path),
    ...(webhooks?.slice(0, index).some(({ name }) => name === webhook.name)
      ? [duplicate(`${path}.name`, webhook.name)]
      : []),
  ]);
}
