/**
 * JSON the way kubectl prints it: keys in alphabetical order, and `<`, `>`, `&` escaped as Go does.
 */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

export function kubectlJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(sortKeys(value), null, indent);
  return text.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
