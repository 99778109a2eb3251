/**
 * GET with watch=true: opens a watch stream.
 *
 * Without a resourceVersion (or with 0) the stream starts with the objects there are; with one it goes on after it. A revision the
 * window no longer holds is an ERROR event with 410, and the client lists again.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */

import type { Duplex } from 'node:stream';
import type { KubeObject, WatchEvent } from '../../../helper/api/meta';
import { expired } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { isTrue } from '../request-info';
import { toPartialObjectMetadata } from '../table/partial-object-metadata';
import { watchEventToTable } from '../table/table';
import { ChunkWriter } from '../watch/chunk-writer';
import type { LineWriter } from '../watch/line-writer';
import { type WatchOptions, WatchStream } from '../watch/watch-stream';
import { waitUntilFresh } from './get';
import { parseWatchBeginning } from './list-options';
import { negotiate } from './negotiate';
import { parseCount } from './query-options';
import { includeObjectOf } from './respond';
import { isSelected, parseSelection } from './selection';

/** Streams end after 30 to 60 minutes when the client names no time, spread so that clients do not come back all at once. */
const MIN_TIMEOUT_SECONDS = 1800;
const LONGEST_TIMEOUT_SECONDS = 24 * 3600;
/** `batchMilliseconds`, a parameter of ours: a watcher that can wait gets the events of that time together. */
const LONGEST_BATCH_MS = 1000;
/** Another parameter of ours: a watcher that does not look at managedFields is not sent them. */
const OMIT_MANAGED_FIELDS = 'omitManagedFields';

function timeoutMs(query: URLSearchParams): number {
  const asked = parseCount(query, 'timeoutSeconds') || MIN_TIMEOUT_SECONDS * (1 + Math.random());
  return Math.min(asked, LONGEST_TIMEOUT_SECONDS) * 1000;
}

function transformOf({ req, kind, info }: Pick<ApiRequest, 'req' | 'kind' | 'info'>): WatchOptions['transform'] {
  const { as, apiVersion } = negotiate(req.headers.accept);
  if (as === 'object') return undefined;
  if (as !== 'table') {
    const isLean = isTrue(info.query, OMIT_MANAGED_FIELDS);
    return ({ object }) => toPartialObjectMetadata(isLean ? withoutOwners(object) : object, apiVersion);
  }
  const includeObject = includeObjectOf(info);
  return (event: WatchEvent, isFirst) =>
    watchEventToTable(kind, event, { now: new Date(), apiVersion, includeObject, withoutDefinitions: !isFirst }).object;
}

function withoutOwners(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What a watch needs of a request, whatever protocol it came by. */
type WatchRequest = Pick<ApiRequest, 'req' | 'info' | 'kind' | 'cache'>;

/** Answers with a stream; resolves when it has begun. */
export function handleWatch(request: ApiRequest): Promise<void> {
  return streamTo(request, () => new ChunkWriter(request.res));
}

/** The same to a client that asked for a WebSocket. */
export function watchOverSocket(request: WatchRequest, socket: Duplex, head: Buffer): Promise<void> {
  return streamTo(request, async () => {
    const { acceptSocket } = await import('../watch/socket-lines');
    return acceptSocket(request.req, socket, head);
  });
}

/** Starts the stream; `accept` is called when nothing is wrong with the request. */
async function streamTo(request: WatchRequest, accept: () => LineWriter | Promise<LineWriter>): Promise<void> {
  const { cache, info, kind } = request;
  const selection = parseSelection(kind, info);
  const { revision, sendsInitialEvents, marksEnd } = parseWatchBeginning(info.query);
  const transform = transformOf(request);
  const timeout = timeoutMs(info.query);
  const batchMs = Math.min(parseCount(info.query, 'batchMilliseconds') ?? 0, LONGEST_BATCH_MS);
  if (sendsInitialEvents || !revision) await waitUntilFresh(request, revision);
  const out = await accept();
  // Gone while we waited: there is nobody left whose leaving would end the stream.
  if (request.req.socket.destroyed) return;
  // From here to the end in one stretch: no event may fall between the state and the subscription.
  const start = sendsInitialEvents ? cache.revision : revision || cache.revision;
  const needsLook = selection.name !== undefined || selection.matches !== undefined;
  const stream = new WatchStream(out, cache, {
    namespace: info.namespace,
    selects: needsLook ? (object) => isSelected(selection, object) : undefined,
    transform,
    isLean: isTrue(info.query, OMIT_MANAGED_FIELDS),
    bookmarks: isTrue(info.query, 'allowWatchBookmarks'),
    timeoutMs: timeout,
    batchMs,
    after: start,
    onEnd: () => undefined,
  });
  stream.open();
  const missed = cache.subscribe(start, stream);
  if (!missed) {
    stream.fail(expired(`too old resource version: ${start} (${cache.oldestRevision})`).toStatus());
    return;
  }
  if (sendsInitialEvents) stream.sendInitial(cache.table.list(info.namespace), marksEnd ? cache.revision : undefined);
  for (const event of missed) stream.onEvent(event);
}
