/**
 * GET of a collection: all objects, or pages of them.
 *
 * Fresh lists come from the cache, unselected ones as bytes that are joined already. The following pages of a list, and lists at an
 * exact revision, come from the store as it was then, so that all pages show one moment.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
import { type Kind, listKindOf, storedAs } from '../../../helper/api/kind';
import { apiVersionOf } from '../../../helper/api/resource';
import { notAcceptable } from '../../../helper/api/status-error';
import {
  CompactedError,
  FutureRevisionError,
  type ListOptions as StoreListOptions,
  storePrefix,
} from '../../storage/store';
import type { ApiRequest } from '../api-request';
import { toPartialObjectMetadataList } from '../table/partial-object-metadata';
import { toTable } from '../table/table';
import { type CachedObject, cachedObject } from '../watch/cached-object';
import type { ObjectStore } from '../watch/face-store';
import { type ContinueToken, encodeContinue } from './continue-token';
import { waitUntilFresh } from './get';
import { type ListOptions, parseListOptions } from './list-options';
import { negotiate } from './negotiate';
import { includeObjectOf, sendChunks, sendPieces, sendValue, takesSharedBytes } from './respond';
import { expiredContinue, expiredList, tooLargeRevision } from './revision-errors';
import { isSelected, parseSelection, type Selection, select } from './selection';

/** Objects read from the store at a time when a page has selectors. */
const STORE_PAGE = 500;
const END = Buffer.from(']}');
const COMMA = Buffer.from(',');

const notAList = ({ kind }: Kind) =>
  notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (${kind}List)`);

/** What a list shows, before it takes a form. */
interface Page {
  readonly objects: readonly CachedObject[];
  readonly revision: number;
  readonly continue?: string;
  readonly remaining?: number;
}

/** Answers 200 with the list. Throws Expired when the revision of a page is no longer kept. */
export async function handleList(request: ApiRequest): Promise<void> {
  const { info, kind, cache } = request;
  const selection = parseSelection(kind, info);
  const options = parseListOptions(info.query);
  if (options.isExact || options.continue) {
    sendPage(request, await readFromStore(request, selection, options));
    return;
  }
  await waitUntilFresh(request, options.resourceVersion);
  const isWhole =
    selection.name === undefined && !selection.matches && (options.limit === 0 || cache.table.size <= options.limit);
  if (isWhole && takesSharedBytes(request)) {
    const head = listHead(request, cache.revision);
    const chunks = cache.table.itemChunks(info.namespace);
    if (chunks && sendChunks(request.res, head, chunks, END)) return;
    sendPieces(request.res, 200, 'application/json', [head, ...cache.table.itemBytes(info.namespace), END]);
    return;
  }
  sendPage(request, firstPage(request, selection, options.limit));
}

function firstPage({ cache, info }: ApiRequest, selection: Selection, limit: number): Page {
  const chosen = select(cache, info.namespace, selection);
  const { revision } = cache;
  const last = chosen[limit - 1];
  if (limit === 0 || chosen.length <= limit || !last) return { objects: chosen, revision };
  const objects = chosen.slice(0, limit);
  const isCounted = !selection.matches && selection.name === undefined;
  return {
    objects,
    revision,
    continue: encodeContinue({ revision, after: placeOf(last) }),
    ...(isCounted ? { remaining: chosen.length - limit } : {}),
  };
}

const placeOf = ({ namespace, name }: CachedObject) => (namespace ? `${namespace}/${name}` : name);

/** A page of the store; a revision that is gone is said in the words of the list it was asked for. */
async function storePage(
  store: ObjectStore,
  prefix: string,
  options: StoreListOptions,
  token: ContinueToken | undefined,
) {
  try {
    return await store.list(prefix, options);
  } catch (error) {
    if (error instanceof CompactedError) throw token ? expiredContinue(token.after) : expiredList();
    if (error instanceof FutureRevisionError && options.revision) {
      throw tooLargeRevision(options.revision, error.currentRevision);
    }
    throw error;
  }
}

/** One page of the state at a revision, gone through in steps so that selectors do not load everything at once. */
async function readFromStore(
  { kind, cache, info }: ApiRequest,
  selection: Selection,
  options: ListOptions,
): Promise<Page> {
  const isCounted = !selection.matches && selection.name === undefined;
  const stored = storedAs(kind);
  const root = storePrefix(stored);
  const objects: CachedObject[] = [];
  let after = options.continue ? `${root}${options.continue.after}` : undefined;
  // An expired list goes on at the newest revision: the first step says which that is, the others keep to it.
  let revision = options.continue ? options.continue.revision : options.resourceVersion;
  for (;;) {
    const missing = options.limit - objects.length;
    const limit = options.limit === 0 ? 0 : isCounted ? missing : STORE_PAGE;
    const place = { limit, ...(revision === undefined ? {} : { revision }), ...(after ? { after } : {}) };
    const page = await storePage(cache.store, storePrefix(stored, info.namespace), place, options.continue);
    revision ??= page.revision;
    for (const [index, item] of page.items.entries()) {
      const object = cachedObject(kind, item.key, item.value, item.revision);
      if (!isSelected(selection, object)) continue;
      objects.push(object);
      const behind = page.remaining + page.items.length - index - 1;
      if (objects.length < options.limit || options.limit === 0 || behind === 0) continue;
      const token = encodeContinue({ revision, after: placeOf(object) });
      return { objects, revision, continue: token, ...(isCounted ? { remaining: behind } : {}) };
    }
    if (page.remaining === 0) return { objects, revision };
    after = page.items.at(-1)?.key;
  }
}

/** Everything of a list up to its items. */
function listHead({ kind }: Pick<ApiRequest, 'kind'>, revision: number, page?: Page): Buffer {
  const metadata = page ? metadataOf(page) : { resourceVersion: String(revision) };
  return Buffer.from(
    `{"kind":"${listKindOf(kind)}","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[`,
  );
}

function metadataOf(page: Page) {
  return {
    resourceVersion: String(page.revision),
    ...(page.continue ? { continue: page.continue } : {}),
    ...(page.remaining ? { remainingItemCount: page.remaining } : {}),
  };
}

/** Sends a list in the form the client wants. */
export function sendPage(request: Omit<ApiRequest, 'cache'>, page: Page): void {
  const { kind, req, res, info } = request;
  if (takesSharedBytes(request)) {
    const items = page.objects.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [COMMA, bytes]));
    sendPieces(res, 200, 'application/json', [Buffer.concat([listHead(request, page.revision, page), ...items, END])]);
    return;
  }
  const { as, apiVersion } = negotiate(req.headers.accept);
  if (as === 'metadata') throw notAList(kind);
  const objects = page.objects.map(({ object }) => object);
  const listMetadata = metadataOf(page);
  if (as === 'table') {
    const options = { now: new Date(), apiVersion, includeObject: includeObjectOf(info), listMetadata };
    sendValue(request, 200, toTable(kind, objects, options));
  } else if (as === 'metadataList')
    sendValue(request, 200, toPartialObjectMetadataList(objects, listMetadata, apiVersion));
  else {
    sendValue(request, 200, {
      kind: listKindOf(kind),
      apiVersion: apiVersionOf(kind),
      metadata: listMetadata,
      items: objects,
    });
  }
}
