/**
 * What `x-kubernetes-validations` must look like before anybody compiles the expressions.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import { type FieldError, invalid, notSupported, required } from '../../field-error';
import { childPath, type JsonSchema, type ValidationRule } from './json-schema';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

const hasLineBreak = (text: string) => /[\n\r]/.test(text);

/** What is wrong with the rules that stand directly at this place. */
export function validateRuleTexts(schema: JsonSchema, path: string): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  return rules.flatMap((rule, index) => validateRule(rule, `${childPath(path, 'x-kubernetes-validations')}[${index}]`));
}

function validateRule(rule: ValidationRule, path: string): FieldError[] {
  const { message = '', messageExpression = '', fieldPath = '', reason } = rule;
  const at = (name: string) => childPath(path, name);
  const text = (rule.rule ?? '').trim();
  const errors: FieldError[] = [];
  if (!text) errors.push(required(at('rule'), 'rule is not specified'));
  else if (message && !message.trim())
    errors.push(invalid(at('message'), message, 'message must be non-empty if specified'));
  else if (hasLineBreak(message.trim()))
    errors.push(invalid(at('message'), message, 'message must not contain line breaks'));
  else if (hasLineBreak(text) && !message.trim()) {
    errors.push(required(at('message'), 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression && !messageExpression.trim()) {
    errors.push(required(at('messageExpression'), 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(at('reason'), reason, REASONS));
  if (fieldPath && !fieldPath.trim())
    errors.push(invalid(at('fieldPath'), fieldPath, 'fieldPath must be non-empty if specified'));
  if (hasLineBreak(fieldPath))
    errors.push(invalid(at('fieldPath'), fieldPath, 'fieldPath must not contain line breaks'));
  return errors;
}
