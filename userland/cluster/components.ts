/**
 * The table of components: what runs, in which order, and where its code lives.
 *
 * The data is `components.json`, because the build reads it too. A later component is one row there.
 */
import table from './components.json';

export interface ComponentRow {
  readonly name: string;
  /** components of a stage start together, once those of the stage before are ready */
  readonly stage: number;
  readonly role: 'store' | 'master' | 'worker';
  /** path of its main.ts without extension; absent for a program that is not ours */
  readonly module?: string;
  readonly summary: string;
}

export const COMPONENTS = table as readonly ComponentRow[];
