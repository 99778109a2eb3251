/**
 * Rules of how objects are translated between the versions of a definition: not at all but for apiVersion, or by a webhook.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
import type { CustomResourceConversion, WebhookClientConfig } from 'kubernetes-types/apiextensions/v1';
import { type FieldError, forbidden, invalid, required } from '../field-error';
import { oneOf } from '../field-rules';
import { dns1035Label } from '../names';

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** What is wrong with spec.conversion. */
export function validateConversion(conversion: CustomResourceConversion, path: string): FieldError[] {
  const { strategy, webhook } = conversion;
  const errors = oneOf(strategy, ['None', 'Webhook'], `${path}.strategy`);
  const at = `${path}.webhookClientConfig`;
  if (strategy !== 'Webhook') {
    const detail = 'should not be set when strategy is not set to Webhook';
    if (webhook?.clientConfig) errors.push(forbidden(at, detail));
    if (webhook?.conversionReviewVersions?.length) errors.push(forbidden(`${path}.conversionReviewVersions`, detail));
    return errors;
  }
  if (!webhook?.clientConfig) errors.push(required(at, 'required when strategy is set to Webhook'));
  else errors.push(...validateClientConfig(webhook.clientConfig, at));
  errors.push(...validateReviewVersions(webhook?.conversionReviewVersions ?? [], `${path}.conversionReviewVersions`));
  return errors;
}

function validateClientConfig({ url, service }: WebhookClientConfig, path: string): FieldError[] {
  if ((url === undefined || url === null) === !service) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (service) return validateService(service, `${path}.service`);
  return validateUrl(url ?? '', `${path}.url`);
}

function validateUrl(url: string, path: string): FieldError[] {
  const form = 'desired format: https://host[/path]';
  if (!URL.canParse(url)) return [required(path, `url must be a valid URL: parse ${JSON.stringify(url)}; ${form}`)];
  const { protocol, hostname, username, password, search, hash } = new URL(url);
  const errors: FieldError[] = [];
  if (protocol !== 'https:')
    errors.push(invalid(path, protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`));
  if (!hostname) errors.push(invalid(path, '', `host must be specified; ${form}`));
  if (username || password)
    errors.push(invalid(path, username, `user information is not permitted in the URL; ${form}`));
  if (hash) errors.push(invalid(path, hash.slice(1), `fragments are not permitted in the URL; ${form}`));
  if (search) errors.push(invalid(path, search.slice(1), `query parameters are not permitted in the URL; ${form}`));
  return errors;
}

function validateService(service: NonNullable<WebhookClientConfig['service']>, path: string): FieldError[] {
  const { name, namespace, port, path: urlPath } = service;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`, 'service name is required'));
  if (!namespace) errors.push(required(`${path}.namespace`, 'service namespace is required'));
  if (port !== undefined && (port < 1 || port > 65535)) {
    errors.push(invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  if (urlPath !== undefined && !urlPath.startsWith('/')) {
    errors.push(invalid(`${path}.path`, urlPath, "must start with a '/'"));
  }
  return errors;
}

function validateReviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) < index) errors.push(invalid(`${path}[${index}]`, version, 'duplicate version'));
    else errors.push(...dns1035Label(version).map((reason) => invalid(`${path}[${index}]`, version, reason)));
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  }
  return errors;
}
