/**
 * How many seats a list takes: one for each hundred objects the server has to look at for it, at most ten.
 *
 * A list of ten thousand pods is more work than ten writes, and a few of them at a time would push the others aside. What counts is what
 * is looked at, not what fits the selectors; a page is looked at twice when it comes from the store, because only the first page is at a
 * revision the watch cache knows. One request takes no more than its flow's fair part of the level.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#seats-occupied-by-a-request
 */
import type { RequestInfo } from '../request-info';

/** How many objects of the kind are stored, in all namespaces. */
export type ObjectCount = (info: RequestInfo) => number;

const OBJECTS_PER_SEAT = 100;
const MAX_SEATS = 10;
/** Of a level's seats, for one request. */
const LARGEST_PART = 0.15;

/** What one request may take of a level; `handSize` is undefined where nobody waits. */
export function maxSeatsOfRequest(seats: number, handSize: number | undefined): number {
  if (!handSize) return MAX_SEATS;
  const part = Math.min(Math.ceil(seats * LARGEST_PART), Math.floor(seats / handSize));
  return Math.min(Math.max(part, 1), MAX_SEATS);
}

/** Continued lists, and those of one exact revision, are read from the store. */
function isFromStore(query: URLSearchParams, limit: number): boolean {
  if (query.get('continue')) return true;
  const match = query.get('resourceVersionMatch') ?? '';
  if (match !== '') return match !== 'NotOlderThan';
  const revision = query.get('resourceVersion') ?? '';
  return limit > 0 && revision !== '' && revision !== '0';
}

function objectsLookedAt(query: URLSearchParams, stored: number): number {
  const limit = Number(query.get('limit') ?? 0);
  if (!isFromStore(query, limit)) return stored;
  const page = limit > 0 ? Math.min(limit, stored) : stored;
  return query.get('fieldSelector') || query.get('labelSelector') ? stored + page : 2 * page;
}

/** The seats of a list: 1 to `max`. */
export function seatsOfList({ query, name }: RequestInfo, stored: number, max: number): number {
  // A list of one name is a GET by another path.
  if (name !== '' || stored <= OBJECTS_PER_SEAT / 2) return 1;
  const seats = Math.ceil(objectsLookedAt(query, stored) / OBJECTS_PER_SEAT);
  return Math.min(Math.max(seats, 1), max);
}
