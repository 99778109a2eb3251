/**
 * cpu and memory as the dialect writes them, and as quantities of the API.
 *
 * `mem: 100m` are mebibytes here (k, m and g count in 1024s), while a Kubernetes quantity `100m` would be a tenth of a byte.
 */
const MEMORY = /^(\d+(?:\.\d+)?)\s*([bkmg])?b?$/i;
const UNITS: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes; undefined when it is no amount. No unit means bytes. */
export function memoryBytes(text: string): number | undefined {
  const match = MEMORY.exec(text.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (UNITS[(match[2] ?? 'b').toLowerCase()] ?? 1));
}

/** Millicores of a number of cores (`2`, `0.5`); undefined when it is none. */
export function cpuMillicores(text: string): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Math.round(Number(text) * 1000);
}

/** `100Mi` where it divides evenly, else bytes. */
export function memoryQuantity(bytes: number): string {
  for (const [unit, size] of [
    ['Gi', UNITS['g']],
    ['Mi', UNITS['m']],
    ['Ki', UNITS['k']],
  ] as const) {
    if (size && bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

export function cpuQuantity(millicores: number): string {
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}
