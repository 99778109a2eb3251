/**
 * PriorityLevelConfiguration: how many requests of one importance are worked on at a time, and how many may wait.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfigurationSpec,
  PriorityLevelConfiguration as PublishedConfiguration,
  QueuingConfiguration,
} from 'kubernetes-types/flowcontrol/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import type { ApiObject } from '../meta';
import type { Resource } from '../resource';
import { keepsFixedLevel, validateFlowConditions } from './fixed-specs';

export type PriorityLevelConfiguration = ApiObject<PublishedConfiguration>;

const priorityLevelConfigurationResource: Resource<PriorityLevelConfiguration> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const DEFAULT_SHARES = 30;
const DEFAULT_QUEUES = 64;
const DEFAULT_HAND = 8;
const DEFAULT_QUEUE_LENGTH = 50;
const MAX_QUEUES = 10_000_000;
const MAX_PERCENT = 100;
const TYPES = ['Exempt', 'Limited'];
const BORROWING = 'if specified, must be a non-negative integer';
const RESPONSES = ['Queue', 'Reject'];
/** Choosing a hand must not need more randomness than there is. */
const MAX_ENTROPY_BITS = 60;

function defaultQueuing(queuing: QueuingConfiguration): void {
  queuing.queues ||= DEFAULT_QUEUES;
  queuing.handSize ||= DEFAULT_HAND;
  queuing.queueLengthLimit ||= DEFAULT_QUEUE_LENGTH;
}

function defaultSpec(spec: PriorityLevelConfigurationSpec): void {
  if (spec.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (!spec.limited) return;
  spec.limited.nominalConcurrencyShares ??= DEFAULT_SHARES;
  spec.limited.lendablePercent ??= 0;
  if (spec.limited.limitResponse?.queuing) defaultQueuing(spec.limited.limitResponse.queuing);
}

function percent(value: number | undefined, field: string): FieldError[] {
  const isWrong = value !== undefined && (value < 0 || value > MAX_PERCENT);
  return isWrong ? [invalid(field, value, 'must be between 0 and 100, inclusive')] : [];
}

function notNegative(
  value: number | undefined,
  field: string,
  detail = 'must be a non-negative integer',
): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, detail)] : [];
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration, path: string) {
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0) errors.push(invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(`${path}.queues`, queues, 'must be positive'));
  else if (queues > MAX_QUEUES)
    errors.push(invalid(`${path}.queues`, queues, `must not be greater than ${MAX_QUEUES}`));
  if (handSize <= 0) errors.push(invalid(`${path}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues) {
    errors.push(invalid(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  } else if (Math.ceil(Math.log2(queues)) * handSize > MAX_ENTROPY_BITS) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_ENTROPY_BITS}`;
    errors.push(invalid(`${path}.handSize`, handSize, detail));
  }
  return errors;
}

function validateResponse(response: LimitResponse | undefined, path: string): FieldError[] {
  const { type, queuing } = response ?? {};
  if (!type || !RESPONSES.includes(type)) return [notSupported(`${path}.type`, type ?? '', RESPONSES)];
  if (type === 'Reject') {
    return queuing ? [forbidden(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')] : [];
  }
  if (!queuing) return [required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')];
  return validateQueuing(queuing, `${path}.queuing`);
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): FieldError[] {
  return [
    ...notNegative(limited.nominalConcurrencyShares, `${path}.nominalConcurrencyShares`),
    ...validateResponse(limited.limitResponse, `${path}.limitResponse`),
    ...percent(limited.lendablePercent, `${path}.lendablePercent`),
    ...notNegative(limited.borrowingLimitPercent, `${path}.borrowingLimitPercent`, BORROWING),
  ];
}

function validateConfiguration({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const isNamedSo = (metadata.name === 'exempt') === (spec?.type === 'Exempt');
  const detail = "type must be 'Exempt' if and only if name is 'exempt'";
  return [
    ...(isNamedSo ? [] : [invalid('spec.type', spec?.type ?? '', detail)]),
    ...validateSpec(spec),
    ...keepsFixedLevel(metadata.name, spec),
  ];
}

function validateSpec(spec: PriorityLevelConfigurationSpec | undefined): FieldError[] {
  const { type, limited, exempt } = spec ?? {};
  if (type === 'Exempt') {
    return [
      ...(limited ? [forbidden('spec.limited', 'must be nil if the type is not Limited')] : []),
      ...notNegative(exempt?.nominalConcurrencyShares, 'spec.exempt.nominalConcurrencyShares'),
      ...percent(exempt?.lendablePercent, 'spec.exempt.lendablePercent'),
    ];
  }
  if (type !== 'Limited') return [notSupported('spec.type', type ?? '', TYPES)];
  return [
    ...(exempt ? [forbidden('spec.exempt', 'must be nil if the type is Limited')] : []),
    ...(limited
      ? validateLimited(limited, 'spec.limited')
      : [required('spec.limited', 'must not be empty when type is Limited')]),
  ];
}

const queuingOf = ({ spec }: PriorityLevelConfiguration) => spec?.limited?.limitResponse?.queuing;

/** Row of the table: PriorityLevelConfiguration. */
export const priorityLevelConfigurationKind = /* @__PURE__ */ defineKind<PriorityLevelConfiguration>({
  resource: priorityLevelConfigurationResource,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('Type', 'string', 'Whether requests are limited at all.', ({ spec }) => spec?.type ?? ''),
    column('NominalConcurrencyShares', 'string', 'The share of the server these requests get.', ({ spec }) =>
      String(spec?.limited?.nominalConcurrencyShares ?? '<none>'),
    ),
    column('Queues', 'string', 'How many queues there are.', (object) => String(queuingOf(object)?.queues ?? '<none>')),
    column('HandSize', 'string', 'How many queues a flow may use.', (object) =>
      String(queuingOf(object)?.handSize ?? '<none>'),
    ),
    column('QueueLengthLimit', 'string', 'How many requests may wait in a queue.', (object) =>
      String(queuingOf(object)?.queueLengthLimit ?? '<none>'),
    ),
    ageColumn,
  ],
  prepareForCreate(configuration) {
    configuration.status = {};
  },
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  validate: validateConfiguration,
  validateStatusUpdate: ({ status }) => validateFlowConditions(status?.conditions),
});
