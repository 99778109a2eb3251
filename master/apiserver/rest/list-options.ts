/**
 * The query of a list or watch, checked: Kubernetes' ListOptions.
 *
 * Which resourceVersion a list shows: none = the newest, `0` = whatever is at hand, `N` = N or newer; with resourceVersionMatch=Exact
 * (or a limit and no match, as it always was) exactly N. Combinations that mean nothing are a 422.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import { type FieldError, forbidden, notSupported } from '../../../helper/api/field-error';
import { badRequest } from '../../../helper/api/status-error';
import { isTrue } from '../request-info';
import { type ContinueToken, decodeContinue } from './continue-token';
import { invalidOptions, parseCount, parseResourceVersion } from './query-options';

const MATCH = 'resourceVersionMatch';

export interface ListOptions {
  readonly resourceVersion: number | undefined;
  readonly isExact: boolean;
  /** 0 = everything */
  readonly limit: number;
  readonly continue: ContinueToken | undefined;
}

function listProblems(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(MATCH);
  const version = query.get('resourceVersion');
  if (match) {
    if (!version) errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (query.get('continue')) {
      errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && version === '0') {
      errors.push(forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (query.has('sendInitialEvents')) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

/** Options of a list. Throws Invalid for what contradicts itself, BadRequest for what cannot be read. */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const limit = parseCount(query, 'limit') ?? 0;
  const errors = listProblems(query);
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  const resourceVersion = parseResourceVersion(query.get('resourceVersion'));
  const token = query.get('continue');
  if (token && resourceVersion) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const match = query.get(MATCH);
  const isExact = match === 'Exact' || (!match && limit > 0 && Boolean(resourceVersion));
  // A list of whatever is at hand comes from memory in one piece.
  const isPaged = resourceVersion !== 0 || token;
  return { resourceVersion, isExact, limit: isPaged ? limit : 0, continue: token ? decodeContinue(token) : undefined };
}

/** How a watch begins. */
export interface WatchBeginning {
  /** undefined = the newest, 0 = whatever is at hand, N = not older than, or right after, N */
  readonly revision: number | undefined;
  readonly sendsInitialEvents: boolean;
  /** a bookmark marks the end of the initial events */
  readonly marksEnd: boolean;
}

function watchProblems(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const match = query.get(MATCH);
  const asksForEvents = query.has('sendInitialEvents');
  if (asksForEvents && match !== 'NotOlderThan') {
    errors.push(forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (!match) return errors;
  if (!asksForEvents) {
    errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
  if (query.get('continue')) {
    errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** Throws Invalid or BadRequest. */
export function parseWatchBeginning(query: URLSearchParams): WatchBeginning {
  const errors = watchProblems(query);
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  const revision = parseResourceVersion(query.get('resourceVersion'));
  // Without the question: a watch from nowhere or from anywhere begins with what there is.
  const sendsInitialEvents = query.has('sendInitialEvents') ? isTrue(query, 'sendInitialEvents') : !revision;
  const marksEnd = isTrue(query, 'sendInitialEvents') && isTrue(query, 'allowWatchBookmarks');
  return { revision, sendsInitialEvents, marksEnd };
}
