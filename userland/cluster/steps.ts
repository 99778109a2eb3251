/**
 * Prints what is being done, one line a step with its time, and keeps quiet otherwise.
 */
const NAME_WIDTH = 12;

export interface Steps {
  /** Runs the work; prints its name, what it returned and how long it took. */
  run(name: string, work: () => Promise<string> | string): Promise<string>;
  /** A line below the steps. */
  say(text: string): void;
  /** Seconds since the first step. */
  elapsedSeconds(): number;
}

export function createSteps(write: (text: string) => void, now: () => number = () => performance.now()): Steps {
  const began = now();
  return {
    async run(name, work) {
      const start = now();
      const detail = await work();
      const seconds = ((now() - start) / 1000).toFixed(2);
      write(`  ${name.padEnd(NAME_WIDTH)} ${seconds.padStart(6)} s  ${detail}\n`);
      return detail;
    },
    say(text) {
      write(`${text}\n`);
    },
    elapsedSeconds: () => (now() - began) / 1000,
  };
}
