/**
 * The 409 of an apply that would take fields from other managers, in Kubernetes' words.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
import { StatusError } from '../../../helper/api/status-error';
import type { ManagerInfo } from './managers';
import type { Conflict } from './ownership';
import { shownPath } from './path-element';

function shownManager({ manager, operation, apiVersion, subresource }: ManagerInfo): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** One cause a field; the message names manager and fields. `conflicts` must not be empty. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const byManager = conflicts
    .map(({ managed, fields }) => ({ manager: shownManager(managed.info), fields: fields.paths().map(shownPath) }))
    .sort((a, b) => (a.manager < b.manager ? -1 : 1));
  const causes = byManager.flatMap(({ manager, fields }) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field })),
  );
  const [only] = causes;
  const message =
    only && causes.length === 1
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${byManager.map(shownFields).join('\n')}`;
  return new StatusError('Conflict', message, { causes });
}

function shownFields({ manager, fields }: { manager: string; fields: string[] }): string {
  return [`conflicts with ${manager}:`, ...fields.map((field) => `- ${field}`)].join('\n');
}
