/**
 * Groups below k8s.io and kubernetes.io belong to the Kubernetes project: definitions in them say where they were approved.
 * https://github.com/kubernetes/enhancements/pull/1111
 */

import { type FieldError, invalid, required } from '../field-error';
import type { CustomResourceDefinition } from './definition';

const ANNOTATION = 'api-approved.kubernetes.io';
const PATH = `metadata.annotations[${ANNOTATION}]`;
const PULL_REQUEST = 'https://github.com/kubernetes/enhancements/pull/1111';

/** True for groups of the Kubernetes project. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

/** What a definition in a protected group lacks. */
export function validateApproval({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!spec.group || !isProtectedGroup(spec.group)) return [];
  const approval = metadata.annotations?.[ANNOTATION];
  if (!approval) {
    return [required(PATH, `protected groups must have approval annotation "${ANNOTATION}", see ${PULL_REQUEST}`)];
  }
  if (approval.startsWith('unapproved') || (URL.canParse(approval) && new URL(approval).host)) return [];
  const detail = `protected groups must have approval annotation "${ANNOTATION}" with either a URL or a reason starting with "unapproved", see ${PULL_REQUEST}`;
  return [invalid(PATH, approval, detail)];
}
