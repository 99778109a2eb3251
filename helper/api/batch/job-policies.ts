/**
 * When a Job gives up before its retries are used, and when it is done before all of its pods succeeded.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from 'kubernetes-types/batch/v1';
import { duplicate, type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../field-error';
import { each, follows, refused, validateNotNegative } from '../field-rules';
import { qualifiedNameRule } from '../names';
import { countIndexes, IndexSyntaxError } from './job-indexes';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const MAXIMUM_RULES = 20;
const MAXIMUM_EXIT_CODES = 255;
const MAXIMUM_PATTERNS = 20;
const MAXIMUM_INDEXES_LENGTH = 64 * 1024;

/** Like `oneOf`, but a missing word is answered with the possible ones: `["In" "NotIn"]`. */
function oneOfListed(value: string | undefined, words: readonly string[], field: string): FieldError[] {
  const listed = words.map((word) => JSON.stringify(word)).join(' ');
  if (!value) return [required(field, `valid values: [${listed}]`)];
  return words.includes(value) ? [] : [notSupported(field, value, words)];
}

function validateExitCodes(
  { operator, values = [], containerName }: PodFailurePolicyOnExitCodesRequirement,
  containers: readonly string[],
  path: string,
): FieldError[] {
  const errors = oneOfListed(operator, OPERATORS, `${path}.operator`);
  if (typeof containerName === 'string' && !containers.includes(containerName)) {
    const message = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, containerName, message));
  }
  const field = `${path}.values`;
  if (!values.length) errors.push(invalid(field, values, 'at least one value is required'));
  else if (values.length > MAXIMUM_EXIT_CODES) errors.push(tooMany(field, values.length, MAXIMUM_EXIT_CODES));
  errors.push(
    ...each(values, field, (value, at, index) => [
      ...(operator === 'In' && value === 0 ? [invalid(at, value, 'must not be 0 for the In operator')] : []),
      ...(values.indexOf(value) < index ? [duplicate(at, value)] : []),
    ]),
  );
  const isOrdered = values.every((value, index) => index === 0 || (values[index - 1] ?? 0) <= value);
  return isOrdered ? errors : [...errors, invalid(field, values, 'must be ordered')];
}

function validatePatterns(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): FieldError[] {
  return [
    ...(patterns.length > MAXIMUM_PATTERNS ? [tooMany(path, patterns.length, MAXIMUM_PATTERNS)] : []),
    ...each(patterns, path, ({ type, status }, at) => [
      ...follows(qualifiedNameRule, type, `${at}.type`),
      ...oneOfListed(status, STATUSES, `${at}.status`),
    ]),
  ];
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, containers: readonly string[], path: string) {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const errors = oneOfListed(action, ACTIONS, `${path}.action`);
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, containers, `${path}.onExitCodes`));
  errors.push(...validatePatterns(onPodConditions, `${path}.onPodConditions`));
  if (onExitCodes && onPodConditions.length) {
    errors.push(refused(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && !onPodConditions.length) {
    errors.push(refused(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

/** All that is wrong with `podFailurePolicy`; empty when there is none. */
export function validatePodFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  if (!spec.podFailurePolicy) return [];
  const rules = spec.podFailurePolicy.rules ?? [];
  const pod = spec.template?.spec;
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name);
  return [
    ...(rules.length > MAXIMUM_RULES ? [tooMany(`${path}.rules`, rules.length, MAXIMUM_RULES)] : []),
    ...each(rules, `${path}.rules`, (rule, at) => validateRule(rule, spec, containers, at)),
  ];
}

/** How many indexes a rule names, and what is wrong with the text. */
function indexesOf(text: string, completions: number, field: string): { total: number; errors: FieldError[] } {
  const errors = text.length > MAXIMUM_INDEXES_LENGTH ? [tooLong(field, MAXIMUM_INDEXES_LENGTH)] : [];
  try {
    return { total: countIndexes(text, completions), errors };
  } catch (error) {
    if (!(error instanceof IndexSyntaxError)) throw error;
    const message = `error parsing succeededIndexes: ${error.message}`;
    return { total: 0, errors: [...errors, invalid(field, text, message)] };
  }
}

function validateSuccessRule(rule: SuccessPolicyRule, completions: number, path: string): FieldError[] {
  const { succeededCount, succeededIndexes: text } = rule;
  if (succeededCount === undefined && text === undefined) {
    return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const field = `${path}.succeededCount`;
  const indexes = text === undefined ? undefined : indexesOf(text, completions, `${path}.succeededIndexes`);
  const errors = [...(indexes?.errors ?? []), ...validateNotNegative(succeededCount, field)];
  if (succeededCount === undefined) return errors;
  const tooLarge = (limit: number, of: string) =>
    invalid(field, succeededCount, `must be less than or equal to ${limit} (the number of ${of})`);
  if (succeededCount > completions) errors.push(tooLarge(completions, 'specified completions'));
  if (indexes && succeededCount > indexes.total) {
    errors.push(tooLarge(indexes.total, 'indexes in the specified succeededIndexes field'));
  }
  return errors;
}

/** All that is wrong with `successPolicy` of an indexed Job; empty when it has none. */
export function validateSuccessPolicy({ successPolicy, completions = 0 }: JobSpec, path: string): FieldError[] {
  if (!successPolicy) return [];
  const rules = successPolicy.rules ?? [];
  const field = `${path}.rules`;
  const errors = each(rules, field, (rule, at) => validateSuccessRule(rule, completions, at));
  if (!rules.length) {
    return [required(field, 'at least one rules must be specified when the successPolicy is specified')];
  }
  return rules.length > MAXIMUM_RULES ? [tooMany(field, rules.length, MAXIMUM_RULES), ...errors] : errors;
}
