/**
 * A long body as chunks of exactly one TLS record each.
 *
 * A receiver is handed one decrypted record at a time. Where every record is a whole chunk, it can take each as it comes; where chunks and
 * records overlap, or the whole length was announced, many clients join what they have again at every record, which is quadratic in the
 * length. A list of a thousand pods is 95 records.
 * https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding · https://www.rfc-editor.org/rfc/rfc8446#section-5.1
 */

/** What one TLS record can carry (RFC 8446, 5.1). */
const RECORD_BYTES = 16 * 1024;
/** Four hexadecimal digits, and two line ends. */
const FRAME_BYTES = 8;
const PAYLOAD_BYTES = RECORD_BYTES - FRAME_BYTES;
const LINE_END = '\r\n';

/** The pieces one after the other, framed; the last chunk is shorter. The chunk that ends the body is not among them. */
export function recordChunks(pieces: readonly Buffer[]): Buffer {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const out = Buffer.allocUnsafe(length + Math.ceil(length / PAYLOAD_BYTES) * FRAME_BYTES);
  let at = 0;
  let left = length;
  /** bytes the open chunk still takes */
  let room = 0;
  for (const piece of pieces) {
    let from = 0;
    while (from < piece.length) {
      if (room === 0) {
        room = Math.min(PAYLOAD_BYTES, left);
        at += out.write(room.toString(16).padStart(4, '0') + LINE_END, at, 'latin1');
      }
      const taken = Math.min(room, piece.length - from);
      piece.copy(out, at, from, from + taken);
      at += taken;
      from += taken;
      room -= taken;
      left -= taken;
      if (room === 0) at += out.write(LINE_END, at, 'latin1');
    }
  }
  return out;
}
