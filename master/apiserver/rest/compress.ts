/**
 * Gzip for large answers, off the main thread.
 *
 * As in Kubernetes only answers above 128 KiB are compressed, at the fastest level, and only for clients that say they take it (Go
 * clients do by themselves). A list that is asked for again before anything in it changed is compressed once.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#response-compression
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const THRESHOLD_BYTES = 128 * 1024;
/** What may stand around the one large piece of an answer that is kept compressed: head and end of a list. */
const MAX_FRAME_BYTES = 4096;

const compress = promisify(gzip);

/** An answer by its large piece, which lives as long as the list does not change. */
interface Kept {
  readonly frame: string;
  readonly compressed: Promise<Buffer>;
}

const keptByPiece = new WeakMap<Buffer, Kept>();

/** True when an answer of this length should be sent compressed to this client. */
export function isWorthCompressing(req: IncomingMessage, length: number): boolean {
  if (length <= THRESHOLD_BYTES) return false;
  const accepted = req.headers['accept-encoding'];
  if (typeof accepted !== 'string') return false;
  return accepted.split(',').some((encoding) => encoding.split(';', 1)[0]?.trim() === 'gzip');
}

function compressNow(pieces: readonly Buffer[]): Promise<Buffer> {
  return compress(Buffer.concat(pieces), { level: constants.Z_BEST_SPEED });
}

/** The pieces as one gzip body. */
export function gzipped(pieces: readonly Buffer[]): Promise<Buffer> {
  const largest = pieces.reduce((a, b) => (b.length > a.length ? b : a));
  const others = pieces.map((piece) => (piece === largest ? '' : piece));
  if (others.reduce((sum, { length }) => sum + length, 0) > MAX_FRAME_BYTES) return compressNow(pieces);
  const frame = others.map((piece) => piece.toString()).join('\n');
  const kept = keptByPiece.get(largest);
  if (kept?.frame === frame) return kept.compressed;
  const compressed = compressNow(pieces);
  keptByPiece.set(largest, { frame, compressed });
  return compressed;
}
