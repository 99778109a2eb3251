/** What one probe attempt found. */
export interface ProbeResult {
  /** `warning` counts as success and is told; `unknown` (the probe itself could not be made) does not count at all */
  readonly outcome: 'success' | 'warning' | 'failure' | 'unknown';
  /** what to show of it in an event */
  readonly output: string;
}
