/**
 * APIService: who serves a group version: this server itself, or another one behind a Service to which requests are passed on.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import type { Condition } from 'kubernetes-types/meta/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid, required } from '../field-error';
import { follows } from '../field-rules';
import type { KubeObject } from '../meta';
import { dns1035Label, dnsSubdomain, pathSegment, portNumber } from '../names';
import type { Resource } from '../resource';

interface ServiceReference {
  namespace?: string;
  name?: string;
  port?: number;
}

interface APIServiceSpec {
  /** absent: this server serves the group version itself */
  service?: ServiceReference;
  group?: string;
  version?: string;
  insecureSkipTLSVerify?: boolean;
  caBundle?: string;
  groupPriorityMinimum: number;
  versionPriority: number;
}

/** As in kube-aggregator; npm kubernetes-types does not have it. */
export interface APIService extends KubeObject {
  spec?: APIServiceSpec;
  status?: { conditions?: (Omit<Condition, 'lastTransitionTime'> & { lastTransitionTime?: string })[] };
}

export const apiServiceResource: Resource<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  shortNames: [],
  categories: ['api-extensions'],
  namespaced: false,
};

const DEFAULT_PORT = 443;
const HIGHEST_GROUP_PRIORITY = 20_000;
const HIGHEST_VERSION_PRIORITY = 1_000;

function between(value: number | undefined, highest: number, field: string, detail: string): FieldError[] {
  return value !== undefined && value > 0 && value <= highest ? [] : [invalid(field, value ?? 0, detail)];
}

function validateService({ service, caBundle, insecureSkipTLSVerify }: APIServiceSpec): FieldError[] {
  if (!service) {
    const bytes = `${Buffer.from(caBundle ?? '', 'base64').length} bytes`;
    return [
      ...(caBundle ? [invalid('spec.caBundle', bytes, 'local APIServices may not have a caBundle')] : []),
      ...(insecureSkipTLSVerify
        ? [invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')]
        : []),
    ];
  }
  const { namespace, name, port = DEFAULT_PORT } = service;
  return [
    ...(namespace ? [] : [required('spec.service.namespace')]),
    ...(name ? [] : [required('spec.service.name')]),
    ...portNumber(port).map((reason) => invalid('spec.service.port', port, `port is not valid: ${reason}`)),
    ...(insecureSkipTLSVerify && caBundle
      ? [invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : []),
  ];
}

function validateApiService({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec ?? {};
  const errors =
    metadata.name === `${version}.${group}`
      ? []
      : [invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: "${version}.${group}"`)];
  if (group) errors.push(...follows(dnsSubdomain, group, 'spec.group'));
  else if (version !== 'v1') {
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  }
  return [
    ...errors,
    ...follows(dns1035Label, version, 'spec.version'),
    ...between(
      groupPriorityMinimum,
      HIGHEST_GROUP_PRIORITY,
      'spec.groupPriorityMinimum',
      'must be positive and less than 20000',
    ),
    ...between(
      versionPriority,
      HIGHEST_VERSION_PRIORITY,
      'spec.versionPriority',
      'must be positive and less than 1000',
    ),
    ...validateService(spec ?? { groupPriorityMinimum: 0, versionPriority: 0 }),
  ];
}

function availability({ status }: APIService): string {
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  if (!available) return 'Unknown';
  return available.status === 'True' ? 'True' : `${available.status} (${available.reason})`;
}

/** Row of the table: APIService. */
export const apiServiceKind = /* @__PURE__ */ defineKind<APIService>({
  resource: apiServiceResource,
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  updateNeedsVersion: true,
  nameRule: pathSegment,
  hasStatus: true,
  columns: () => [
    nameColumn,
    column('Service', 'string', 'Who serves the group version.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    column('Available', 'string', 'Whether it answers.', availability),
    ageColumn,
  ],
  prepareForCreate(apiService) {
    const always = {
      type: 'Available',
      status: 'True',
      reason: 'Local',
      message: 'Local APIServices are always available',
    };
    const lastTransitionTime = apiService.metadata.creationTimestamp;
    const condition = { ...always, ...(lastTransitionTime ? { lastTransitionTime } : {}) };
    apiService.status = apiService.spec?.service ? {} : { conditions: [condition] };
  },
  applyDefaults({ spec }) {
    if (spec?.service) spec.service.port ??= DEFAULT_PORT;
  },
  validate: validateApiService,
});
