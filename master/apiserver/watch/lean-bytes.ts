/**
 * An object's JSON without metadata.managedFields, cut out of the bytes that are kept.
 *
 * Who owns which field is two fifths of a small pod, and no component of ours looks at it: left out, there is that much less for each
 * of them to read and to keep. Parsing and writing the object again would cost more than a walk over its metadata.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#managed-fields
 */
const METADATA = Buffer.from('"metadata":{');
const MANAGED_FIELDS = Buffer.from('"managedFields":[');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** `[` and `{`, `]` and `}`, and nothing else of JSON outside of strings, are these with the bit of lower case set. */
const LOWER_CASE = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Index behind the bracket that closes the one at `open`. */
function behindValue(json: Buffer, open: number): number {
  let depth = 0;
  for (let at = open; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte === QUOTE) at = closingQuote(json, at + 1);
    else if ((byte | LOWER_CASE) === OPEN) depth++;
    else if ((byte | LOWER_CASE) === CLOSE && --depth === 0) return at + 1;
  }
  return json.length;
}

function closingQuote(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** The bytes as they are when metadata has no managedFields; else a shorter copy. `json` is compact and an object's own. */
export function withoutManagedFields(json: Buffer): Buffer {
  // Between quotes that are not escaped this can only be a key; labels and annotations have no lists for values.
  const start = json.indexOf(MANAGED_FIELDS);
  const metadata = json.indexOf(METADATA);
  if (start < 0 || metadata < 0 || metadata > start) return json;
  if (behindValue(json, metadata + METADATA.length - 1) <= start) return json;
  const end = behindValue(json, start + MANAGED_FIELDS.length - 1);
  if (json[start - 1] === COMMA) return Buffer.concat([json.subarray(0, start - 1), json.subarray(end)]);
  return Buffer.concat([json.subarray(0, start), json.subarray(json[end] === COMMA ? end + 1 : end)]);
}
