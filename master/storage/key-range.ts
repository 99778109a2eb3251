/**
 * Ranges of keys as both databases want them: by bytes, from a first key up to but not including an end.
 *
 * Keys are compared as UTF-8 bytes everywhere, so lists come in the same order from either store.
 */

/** The smallest byte string greater than every key with this prefix; undefined when there is none (empty prefix). */
export function endOfPrefix(prefix: Buffer): Buffer | undefined {
  for (let index = prefix.length - 1; index >= 0; index--) {
    const byte = prefix[index];
    if (byte !== undefined && byte < 0xff) return Buffer.from([...prefix.subarray(0, index), byte + 1]);
  }
  return undefined;
}
