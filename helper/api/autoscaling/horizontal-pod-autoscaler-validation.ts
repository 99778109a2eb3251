/**
 * What has to be right about a HorizontalPodAutoscaler: counts, the workload it scales, every metric and every scaling policy.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/
 */
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from 'kubernetes-types/autoscaling/v2';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { atLeast, each, follows, oneOf } from '../field-rules';
import { dnsLabel, pathSegment } from '../names';
import { isQuantity, parseQuantity, type QuantityText } from '../quantity';

const LONGEST_WINDOW_SECONDS = 3600;
const LONGEST_PERIOD_SECONDS = 1800;
const POLICY_TYPES = ['Pods', 'Percent'];
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];
/** The type of a metric and the field that says more about it. */
const SOURCES = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
const SOURCE_FIELDS = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

const requiredText = (text: string | undefined, field: string, detail = '') => (text ? [] : [required(field, detail)]);

function segment(text: string | undefined, field: string): FieldError[] {
  return text ? follows(pathSegment, text, field) : [required(field)];
}

function validateReference(ref: CrossVersionObjectReference | undefined, path: string): FieldError[] {
  const { apiVersion = '' } = ref ?? {};
  return [
    ...segment(ref?.kind, `${path}.kind`),
    ...segment(ref?.name, `${path}.name`),
    ...(apiVersion.split('/').length > 2
      ? [invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
      : []),
  ];
}

function positive(value: QuantityText | undefined, field: string): FieldError[] {
  if (value === undefined || !isQuantity(value)) return [];
  return parseQuantity(value) > 0n ? [] : [invalid(field, value, 'must be positive')];
}

function validateTarget(target: MetricTarget | undefined, path: string): FieldError[] {
  const { type, value, averageValue, averageUtilization } = target ?? {};
  const errors = requiredText(type, `${path}.type`, 'must specify a metric target type');
  if (!TARGET_TYPES.includes(type ?? '')) {
    errors.push(invalid(`${path}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  }
  errors.push(...positive(value, `${path}.value`), ...positive(averageValue, `${path}.averageValue`));
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function validateMetricName(metric: MetricIdentifier | undefined, path: string): FieldError[] {
  const field = `${path}.name`;
  return metric?.name ? follows(pathSegment, metric.name, field) : [required(field, 'must specify a metric name')];
}

const PER_POD = 'must set either a target value for metric or a per-pod target';
const RAW = 'must set either a target raw value or a target utilization';

/** A target that is either an amount or a share of what is requested. */
function validateResourceTarget(target: MetricTarget | undefined, path: string): FieldError[] {
  const errors = validateTarget(target, path);
  const { averageValue, averageUtilization } = target ?? {};
  if (averageValue === undefined && averageUtilization === undefined) {
    errors.push(required(`${path}.averageUtilization`, RAW));
  } else if (averageValue !== undefined && averageUtilization !== undefined) {
    errors.push(forbidden(`${path}.averageValue`, 'may not set both a target raw value and a target utilization'));
  }
  return errors;
}

/** The rules of each kind of metric; the field is there. */
const SOURCE_RULES: Readonly<Record<(typeof SOURCE_FIELDS)[number], (spec: MetricSpec, path: string) => FieldError[]>> =
  {
    object({ object }, path) {
      const { value, averageValue } = object?.target ?? {};
      return [
        ...validateReference(object?.describedObject, `${path}.describedObject`),
        ...validateMetricName(object?.metric, `${path}.metric`),
        ...validateTarget(object?.target, `${path}.target`),
        ...(value === undefined && averageValue === undefined
          ? [required(`${path}.target.averageValue`, 'must set either a target value or averageValue')]
          : []),
      ];
    },
    external({ external }, path) {
      const { value, averageValue } = external?.target ?? {};
      const both = 'may not set both a target value for metric and a per-pod target';
      return [
        ...validateMetricName(external?.metric, `${path}.metric`),
        ...validateTarget(external?.target, `${path}.target`),
        ...(value === undefined && averageValue === undefined
          ? [required(`${path}.target.averageValue`, PER_POD)]
          : []),
        ...(value !== undefined && averageValue !== undefined ? [forbidden(`${path}.target.value`, both)] : []),
      ];
    },
    pods({ pods }, path) {
      const field = `${path}.target.averageValue`;
      return [
        ...validateMetricName(pods?.metric, `${path}.metric`),
        ...validateTarget(pods?.target, `${path}.target`),
        ...(pods?.target?.averageValue === undefined
          ? [required(field, 'must specify a positive target averageValue')]
          : []),
      ];
    },
    resource: ({ resource }, path) => [
      ...requiredText(resource?.name, `${path}.name`, 'must specify a resource name'),
      ...validateResourceTarget(resource?.target, `${path}.target`),
    ],
    containerResource: ({ containerResource }, path) => [
      ...requiredText(containerResource?.name, `${path}.name`, 'must specify a resource name'),
      ...(containerResource?.container
        ? follows(dnsLabel, containerResource.container, `${path}.container`)
        : [required(`${path}.container`, 'must specify a container')]),
      ...validateResourceTarget(containerResource?.target, `${path}.target`),
    ],
  };

function validateMetric(spec: MetricSpec, path: string): FieldError[] {
  const { type } = spec;
  const errors = requiredText(type, `${path}.type`, 'must specify a metric source type');
  if (!Object.hasOwn(SOURCES, type ?? '')) errors.push(notSupported(`${path}.type`, type ?? '', Object.keys(SOURCES)));
  const present = SOURCE_FIELDS.filter((field) => spec[field]);
  const [first] = present;
  if (first) errors.push(...SOURCE_RULES[first](spec, `${path}.${first}`));
  const expected = SOURCES[type as keyof typeof SOURCES];
  if (expected && !present.some((field) => field === expected)) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length === 1) return errors;
  const others = present.filter((field) => field !== expected);
  const message = 'must populate the given metric source only';
  return [...errors, ...others.map((field) => forbidden(`${path}.${field}`, message))];
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: string): FieldError[] {
  const tooSmall = (count: number | undefined, field: string) =>
    (count ?? 0) > 0 ? [] : [invalid(field, count ?? 0, 'must be greater than zero')];
  return [
    ...oneOf(type, POLICY_TYPES, `${path}.type`),
    ...tooSmall(value, `${path}.value`),
    ...tooSmall(periodSeconds, `${path}.periodSeconds`),
    ...((periodSeconds ?? 0) > LONGEST_PERIOD_SECONDS
      ? [invalid(`${path}.periodSeconds`, periodSeconds, `must be less than or equal to ${LONGEST_PERIOD_SECONDS}`)]
      : []),
  ];
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies } = rules;
  const field = `${path}.stabilizationWindowSeconds`;
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds < 0) {
    errors.push(invalid(field, seconds, 'must be greater than or equal to zero'));
  }
  if (seconds !== undefined && seconds > LONGEST_WINDOW_SECONDS) {
    errors.push(invalid(field, seconds, `must be less than or equal to ${LONGEST_WINDOW_SECONDS}`));
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, SELECT_POLICIES));
  }
  if (!policies?.length) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  return [...errors, ...each(policies, `${path}.policies`, validatePolicy)];
}

/** All that is wrong with the spec, in order of its fields. */
export function validateAutoscalerSpec(spec: HorizontalPodAutoscalerSpec | undefined, path: string): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics, behavior } = spec ?? {};
  const errors = atLeast(1, minReplicas, `${path}.minReplicas`);
  if (maxReplicas < 1) errors.push(invalid(`${path}.maxReplicas`, maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid(`${path}.maxReplicas`, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return [
    ...errors,
    ...validateReference(scaleTargetRef, `${path}.scaleTargetRef`),
    ...each(metrics, `${path}.metrics`, validateMetric),
    ...validateRules(behavior?.scaleUp, `${path}.behavior.scaleUp`),
    ...validateRules(behavior?.scaleDown, `${path}.behavior.scaleDown`),
  ];
}
