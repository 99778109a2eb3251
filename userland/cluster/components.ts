/**
 * The table of components: what runs, in which order, and where its code lives.
 *
 * The data is `components.json`, because the build reads it too. A later component is one row there.
 */
import table from './components.json';

export interface ComponentRow {
  readonly name: string;
  /** components of a stage start together */
  readonly stage: number;
  /**
   * The next stage begins when this one is ready, or after so many milliseconds: the api-server is what all others need, and a node
   * that is Ready early is worth more than a garbage collector that runs half a second sooner on the same few cores.
   */
  readonly holdsNextMs?: number;
  /** started when another component asks for it, not before: what few clusters need costs the others nothing */
  readonly onDemand?: boolean;
  readonly role: 'store' | 'runtime' | 'master' | 'worker';
  /** path of its main.ts without extension; absent for a program that is not ours */
  readonly module?: string;
  readonly summary: string;
}

export const COMPONENTS = table as readonly ComponentRow[];
