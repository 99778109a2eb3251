/**
 * Reads the notation of `helper/api/schema/wire-fields.json`.
 *
 * A message is one line: `1 name string, 2 ... VolumeSource`: number, JSON name and type of each field. Types: a scalar,
 * a message (`Pod`, `meta/v1.ObjectMeta`), `[]type`, `map:type` (keys are strings). A `?` behind a scalar: zero and absent differ
 * (Go's pointers; of use to the protobuf decoder only). The name `...` marks a message whose
 * fields stand directly in the JSON object (Go's inlined structs).
 */

/** `[]core/v1.Volume` -> { list, map, type }. */
function parseType(notation) {
  const text = notation.replace(/\?$/, '');
  if (text.startsWith('[]')) return { list: true, map: false, type: text.slice(2) };
  if (text.startsWith('map:')) return { list: false, map: true, type: text.slice(4) };
  return { list: false, map: false, type: text };
}

/** Fields of a list without numbers (`name type, name type`). */
export function parseWireList(text) {
  if (!text) return [];
  return text.split(', ').map((entry) => {
    const [name, type] = entry.split(' ');
    return { name, ...parseType(type) };
  });
}

/** Fields of a message, inlined messages expanded when the whole table and the message's module are given. */
export function parseWireFields(text, table, module) {
  const fields = parseWireList(text.replace(/(^|, )\d+ /g, '$1'));
  return fields.flatMap((field) => {
    if (field.name !== '...') return [field];
    return table ? parseWireFields(table[module][field.type], table, module) : [];
  });
}
