/**
 * How the embedded store lays out its bytes in lmdb: three small tables, all written in one transaction.
 *
 *   state    key bytes      -> revision of the last write, value
 *   history  revision       -> what the write at that revision replaced: key, its revision and value before
 *   meta     'position'     -> the newest revision and how far history has been compacted
 *
 * History is an undo log: the bytes a write made are found in the next change of the key, or in `state` when there is
 * none, so every value is stored once. https://en.wikipedia.org/wiki/Undo_logging (etcd keeps whole versions instead)
 */

/** Bytes of a revision: 48 bits, enough for a million writes a second for eight years. */
const REVISION_BYTES = 6;
const KEY_LENGTH_BYTES = 2;
const FORMAT = 1;

/** A present key as `state` holds it, or undefined when the key does not exist. */
export interface KeyState {
  readonly revision: number;
  readonly value: Buffer;
}

/** One line of history: the write at `revision` replaced `before` under `key` and left it deleted or not. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly deleted: boolean;
  /** the key's state until this write; undefined when the write made the key */
  readonly before: KeyState | undefined;
}

/** Where the store stands. */
export interface Position {
  readonly revision: number;
  /** history up to and including this revision is gone; 0 = all of it is kept */
  readonly compacted: number;
}

export function encodeState(state: KeyState): Buffer {
  const bytes = Buffer.allocUnsafe(REVISION_BYTES + state.value.length);
  bytes.writeUIntBE(state.revision, 0, REVISION_BYTES);
  state.value.copy(bytes, REVISION_BYTES);
  return bytes;
}

/** The value is a view into `bytes`, not a copy. */
export function decodeState(bytes: Buffer): KeyState {
  return { revision: bytes.readUIntBE(0, REVISION_BYTES), value: bytes.subarray(REVISION_BYTES) };
}

/** Layout: flags, revision before (0 = none), key length, key, value before. The revision itself is the table's key. */
export function encodeChange(change: Change): Buffer {
  const key = Buffer.from(change.key);
  const before = change.before?.value ?? Buffer.alloc(0);
  const head = Buffer.allocUnsafe(1 + REVISION_BYTES + KEY_LENGTH_BYTES);
  head.writeUInt8(change.deleted ? 1 : 0, 0);
  head.writeUIntBE(change.before?.revision ?? 0, 1, REVISION_BYTES);
  head.writeUInt16BE(key.length, 1 + REVISION_BYTES);
  return Buffer.concat([head, key, before]);
}

export function decodeChange(revision: number, bytes: Buffer): Change {
  const deleted = bytes.readUInt8(0) === 1;
  const revisionBefore = bytes.readUIntBE(1, REVISION_BYTES);
  const keyStart = 1 + REVISION_BYTES + KEY_LENGTH_BYTES;
  const keyEnd = keyStart + bytes.readUInt16BE(1 + REVISION_BYTES);
  return {
    revision,
    key: bytes.toString('utf8', keyStart, keyEnd),
    deleted,
    before: revisionBefore > 0 ? { revision: revisionBefore, value: bytes.subarray(keyEnd) } : undefined,
  };
}

export function encodePosition(position: Position): Buffer {
  const bytes = Buffer.alloc(1 + 2 * REVISION_BYTES);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeUIntBE(position.revision, 1, REVISION_BYTES);
  bytes.writeUIntBE(position.compacted, 1 + REVISION_BYTES, REVISION_BYTES);
  return bytes;
}

/** A store that was never written stands at revision 1, as an empty etcd does. Throws on the format of another version. */
export function decodePosition(bytes: Buffer | undefined): Position {
  if (!bytes) return { revision: 1, compacted: 0 };
  const format = bytes.readUInt8(0);
  if (format !== FORMAT) throw new Error(`the store has format ${format}, this version reads format ${FORMAT}`);
  return {
    revision: bytes.readUIntBE(1, REVISION_BYTES),
    compacted: bytes.readUIntBE(1 + REVISION_BYTES, REVISION_BYTES),
  };
}

/** Keys in `history`: big-endian, so that lmdb's byte order is the order of revisions. */
export function revisionKey(revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(REVISION_BYTES);
  bytes.writeUIntBE(revision, 0, REVISION_BYTES);
  return bytes;
}

export function revisionOfKey(bytes: Buffer): number {
  return bytes.readUIntBE(0, REVISION_BYTES);
}
