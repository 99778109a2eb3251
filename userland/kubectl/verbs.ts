/**
 * Every verb there is, in the order `help` shows them.
 */
import { addApply } from './commands/apply';
import { addCordon, addUncordon } from './commands/cordon';
import { addCreate } from './commands/create';
import { addDelete } from './commands/delete';
import { addDescribe } from './commands/describe';
import { addExec } from './commands/exec';
import { addExplain } from './commands/explain';
import { addExpose } from './commands/expose';
import { addGet } from './commands/get';
import { addAnnotate, addLabel } from './commands/label';
import { addLogs } from './commands/logs';
import { addRollout } from './commands/rollout';
import { addRun } from './commands/run';
import { addScale } from './commands/scale';
import { addApiResources, addApiVersions, addClusterInfo, addVersion } from './commands/server-info';
import { addSet } from './commands/set';
import { addWait } from './commands/wait';
import { addCurl } from './dialect/curl';
import { addKill, addRemove, addRestart, addStart, addStop, addUpdate } from './dialect/lifecycle';
import { addShow } from './dialect/show';
import type { AddVerb } from './verb';

export const VERBS: readonly AddVerb[] = [
  addGet,
  addDescribe,
  addApply,
  addCreate,
  addDelete,
  addRun,
  addExpose,
  addScale,
  addSet,
  addRollout,
  addLogs,
  addExec,
  addLabel,
  addAnnotate,
  addWait,
  addCordon,
  addUncordon,
  addExplain,
  addApiResources,
  addApiVersions,
  addVersion,
  addClusterInfo,
  addShow,
  addStart,
  addStop,
  addKill,
  addRestart,
  addUpdate,
  addRemove,
  addCurl,
];
