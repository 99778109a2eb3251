/**
 * Sending answers: bytes that are ready go out as they are; Tables, metadata, YAML and pretty JSON are made from the parsed form.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest, notAcceptable, type Status } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { RequestInfo } from '../request-info';
import { toPartialObjectMetadata } from '../table/partial-object-metadata';
import { type IncludeObject, objectToTable } from '../table/table';
import type { CachedObject } from '../watch/cached-object';
import { framed } from '../watch/chunk-writer';
import { LONG_BYTES } from '../watch/object-table';
import { recordChunks } from '../watch/record-chunks';
import { headOf } from './answer-head';
import { gzipped, isWorthCompressing } from './compress';
import { negotiate } from './negotiate';

const WARNING_LENGTH_LIMIT = 4096;
const ONE_WRITE_BYTES = 64 * 1024;

/** Puts warnings on an answer before anybody knows what it will be: streams and lists have no later moment. */
export function setWarnings(res: ServerResponse, warnings: readonly string[]): void {
  res.setHeader('Warning', warningHeaders(warnings));
}

/** `299 - "text"`: the header Kubernetes clients print as a warning. */
function warningHeaders(warnings: readonly string[]): string[] {
  let length = 0;
  return [...new Set(warnings)].flatMap((text) => {
    length += text.length;
    // Header values are Latin-1; anything else would be an error of this server instead of a hint to the user.
    const quoted = text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, (char) => `\\${char}`);
    return length > WARNING_LENGTH_LIMIT ? [] : [`299 - "${quoted}"`];
  });
}

/** Sends the pieces one after the other as one body. */
export function sendPieces(
  res: ServerResponse,
  code: number,
  type: string,
  pieces: readonly Buffer[],
  warnings: readonly string[] = [],
): void {
  // The time was over before the handler: the client has its answer.
  if (res.writableEnded) return;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (warnings.length > 0) res.setHeader('Warning', warningHeaders(warnings));
  if (!res.isKept && isWorthCompressing(res.req, length)) {
    sendCompressed(res, code, type, pieces);
    return;
  }
  const socket = !res.isKept && length > LONG_BYTES && res.req.httpVersionMinor === 1 ? res.socket : null;
  const size = socket ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': length };
  res.writeHead(code, headOf(res, { 'Content-Type': type, ...size }));
  if (res.req.method === 'HEAD') {
    res.end();
    return;
  }
  if (socket) {
    res.flushHeaders();
    writeChunks(socket, [recordChunks(pieces)], () => res.end());
    return;
  }
  const [only] = pieces;
  if (pieces.length === 1 && only && only.length <= ONE_WRITE_BYTES) {
    // As text of single bytes, head and body become one string and one write: it saves a tenth of a GET.
    res.end(only.toString('latin1'), 'latin1');
    return;
  }
  const last = pieces.length - 1;
  for (let index = 0; index < last; index++) res.write(pieces[index] as Buffer);
  res.end(pieces[last]);
}

/**
 * Sends a long list whose items are chunks already: the head of the list, the items, its end. False when this client has to get it in
 * another form.
 */
export function sendChunks(res: ServerResponse, head: Buffer, chunks: Buffer, end: Buffer): boolean {
  const { socket } = res;
  if (!socket || res.req.httpVersionMinor !== 1 || res.req.method === 'HEAD') return false;
  if (res.writableEnded) return true;
  if (res.isKept || isWorthCompressing(res.req, chunks.length)) return false;
  res.writeHead(200, headOf(res, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }));
  res.flushHeaders();
  writeChunks(socket, [framed(head), chunks], () => res.end(end));
  return true;
}

/**
 * Writes past the response, which would frame every piece again. One piece at a time: what waits together is copied into one buffer by
 * Node, which for a list of a thousand pods takes longer than encrypting it.
 */
function writeChunks(socket: Socket, chunks: readonly Buffer[], onWritten: () => void): void {
  const [next, ...rest] = chunks;
  if (next) socket.write(next, () => writeChunks(socket, rest, onWritten));
  else onWritten();
}

function sendCompressed(res: ServerResponse, code: number, type: string, pieces: readonly Buffer[]): void {
  const send = (body: Buffer) => {
    const head = { 'Content-Type': type, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' };
    res.writeHead(code, headOf(res, { ...head, 'Content-Length': body.length }));
    res.end(res.req.method === 'HEAD' ? undefined : body);
  };
  // Compressing fails only for want of memory; the client then sees a broken connection and asks again.
  gzipped(pieces).then(send, (error: Error) => res.destroy(error));
}

/** What Kubernetes takes for yes, in this one parameter. */
const YES = new Set(['1', 't', 'T', 'true', 'True', 'TRUE']);

function wantsPretty({ query }: RequestInfo, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  if (asked) return YES.has(asked);
  // People with curl or a browser get indented JSON, as from Kubernetes.
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

/** True when bytes made for everybody can be sent to this client. */
export function takesSharedBytes({ req, info }: Pick<ApiRequest, 'req' | 'info'>): boolean {
  const { as, yaml } = negotiate(req.headers.accept);
  return as === 'object' && !yaml && !wantsPretty(info, req.headers['user-agent']);
}

/** Sends any JSON value in the form the client wants. */
export function sendValue(
  request: Pick<ApiRequest, 'req' | 'res' | 'info' | 'warnings'>,
  code: number,
  value: unknown,
) {
  const { req, res, info, warnings } = request;
  if (negotiate(req.headers.accept).yaml) {
    const { stringify } = require('yaml') as typeof import('yaml');
    sendPieces(
      res,
      code,
      'application/yaml',
      [Buffer.from(stringify(value, { aliasDuplicateObjects: false }))],
      warnings,
    );
    return;
  }
  const isPretty = wantsPretty(info, req.headers['user-agent']);
  const text = isPretty ? `${JSON.stringify(value, null, 2)}\n` : JSON.stringify(value);
  sendPieces(res, code, 'application/json', [Buffer.from(text)], warnings);
}

/** Sends one object of a kind: as it is, as a Table, or its metadata. */
export function sendObject(request: Omit<ApiRequest, 'cache'>, code: number, object: CachedObject): void {
  request.trace.object = object;
  if (takesSharedBytes(request)) {
    sendPieces(request.res, code, 'application/json', [object.bytes], request.warnings);
  } else sendValue(request, code, transformed(request, request.kind, object.object));
}

/** What `includeObject=` asks the rows of a Table to carry. Throws BadRequest. */
export function includeObjectOf({ query }: RequestInfo): IncludeObject {
  const asked = query.get('includeObject');
  if (!asked || asked === 'Metadata') return 'Metadata';
  if (asked === 'None' || asked === 'Object') return asked;
  const detail = "must be 'Metadata', 'Object', 'None', or empty";
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: ${detail}`,
  );
}

function transformed({ req, info }: Pick<ApiRequest, 'req' | 'info'>, kind: Kind, object: KubeObject): unknown {
  const { as, apiVersion } = negotiate(req.headers.accept);
  if (as === 'table') {
    return objectToTable(kind, object, { now: new Date(), apiVersion, includeObject: includeObjectOf(info) });
  }
  if (as === 'metadataList') {
    throw notAcceptable(
      `you requested PartialObjectMetadataList, but the requested object is not a list (${kind.kind})`,
    );
  }
  return as === 'metadata' ? toPartialObjectMetadata(object, apiVersion) : object;
}

/** Sends a Status: always JSON, whatever the client accepts, so that an error can always be read. */
export function sendStatus(res: ServerResponse, status: Status, warnings: readonly string[] = []): void {
  if (res.trace) res.trace.failure = status;
  const seconds = status.details?.retryAfterSeconds;
  if (seconds !== undefined) res.setHeader('Retry-After', String(seconds));
  sendPieces(res, status.code, 'application/json', [Buffer.from(`${JSON.stringify(status)}\n`)], warnings);
}

/** Sends what is said to who finds no seat: one line of text and when to come again, as Kubernetes does, which is little work. */
export function sendRefusal(res: ServerResponse, status: Status): void {
  if (res.trace) res.trace.failure = status;
  res.setHeader('Retry-After', String(status.details?.retryAfterSeconds ?? 1));
  res.setHeader('X-Content-Type-Options', 'nosniff');
  sendPieces(res, status.code, 'text/plain; charset=utf-8', [Buffer.from(`${status.message}\n`)]);
}
