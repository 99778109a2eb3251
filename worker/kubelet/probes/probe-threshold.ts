/**
 * From single probe results to a verdict: a probe counts only after it has failed, or succeeded, often enough in a row.
 *
 * Pure: the state is a value, every result gives the next one.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes
 */

export interface ProbeState {
  /** the verdict so far */
  readonly isSuccess: boolean;
  readonly lastResult: boolean | undefined;
  /** how many times in a row the last result came */
  readonly inARow: number;
}

export interface Thresholds {
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** Readiness and startup begin as failed, liveness as passed. */
export function initialState(isSuccess: boolean): ProbeState {
  return { isSuccess, lastResult: undefined, inARow: 0 };
}

/** The state after one more result. */
export function nextState(state: ProbeState, result: boolean, thresholds: Thresholds): ProbeState {
  const inARow = state.lastResult === result ? state.inARow + 1 : 1;
  const needed = result ? thresholds.successThreshold : thresholds.failureThreshold;
  return { isSuccess: inARow >= needed ? result : state.isSuccess, lastResult: result, inARow };
}
