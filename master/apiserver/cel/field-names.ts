/**
 * Names of fields in expressions: what is no CEL name is written with escapes (`__dash__`), and so is what CEL reserves.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const ESCAPES: readonly (readonly [string, string])[] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
];

/** How an expression names this field; undefined when it cannot. */
export function escapeField(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  const escaped = name.replace(/__|[.\-/]/g, (part) => ESCAPES.find(([plain]) => plain === part)?.[1] ?? part);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}

function unescapeField(name: string): string {
  const reserved = /^__([a-z]+)__$/.exec(name)?.[1];
  if (reserved && RESERVED.has(reserved)) return reserved;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (whole) => {
    return ESCAPES.find(([, escaped]) => escaped === whole)?.[0] ?? whole;
  });
}

/** The key of the field in the map: its own name, or what the name stands for. */
export function fieldName(map: object, field: string): string {
  if (!field.includes('__') || map instanceof Map || Object.hasOwn(map, field)) return field;
  return unescapeField(field);
}
