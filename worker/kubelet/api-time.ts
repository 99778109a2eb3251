/**
 * Times as the API's `metav1.Time` writes them.
 */

/** Whole seconds in UTC: `2024-05-01T10:00:00Z`. */
export function toTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
