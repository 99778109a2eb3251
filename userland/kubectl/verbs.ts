/**
 * Every verb there is, in the order `help` shows them.
 */
import { addApply } from './commands/apply';
import { addAttach } from './commands/attach';
import { addAuth } from './commands/auth';
import { addAutoscale } from './commands/autoscale';
import { addCertificate } from './commands/certificate';
import { addCompletion } from './commands/completion';
import { addConfig } from './commands/config';
import { addCordon, addUncordon } from './commands/cordon';
import { addCp } from './commands/cp';
import { addCreate } from './commands/create';
import { addDebug } from './commands/debug';
import { addDelete } from './commands/delete';
import { addDescribe } from './commands/describe';
import { addDiff } from './commands/diff';
import { addDrain } from './commands/drain';
import { addEdit } from './commands/edit';
import { addEvents } from './commands/events';
import { addExec } from './commands/exec';
import { addExplain } from './commands/explain';
import { addExpose } from './commands/expose';
import { addGet } from './commands/get';
import { addKustomize } from './commands/kustomize';
import { addAnnotate, addLabel } from './commands/label';
import { addLogs } from './commands/logs';
import { addPatch } from './commands/patch';
import { addPlugin } from './commands/plugin';
import { addPortForward } from './commands/port-forward';
import { addProxy } from './commands/proxy';
import { addReplace } from './commands/replace';
import { addRollout } from './commands/rollout';
import { addRun } from './commands/run';
import { addScale } from './commands/scale';
import { addApiResources, addApiVersions, addClusterInfo, addVersion } from './commands/server-info';
import { addSet } from './commands/set';
import { addTaint } from './commands/taint';
import { addTop } from './commands/top';
import { addTrace } from './commands/trace';
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
  addReplace,
  addPatch,
  addEdit,
  addDiff,
  addKustomize,
  addDelete,
  addRun,
  addExpose,
  addScale,
  addAutoscale,
  addSet,
  addRollout,
  addLogs,
  addExec,
  addAttach,
  addCp,
  addDebug,
  addPortForward,
  addProxy,
  addLabel,
  addAnnotate,
  addWait,
  addCordon,
  addUncordon,
  addDrain,
  addTaint,
  addTop,
  addTrace,
  addEvents,
  addCertificate,
  addAuth,
  addConfig,
  addCompletion,
  addExplain,
  addApiResources,
  addApiVersions,
  addVersion,
  addClusterInfo,
  addPlugin,
  addShow,
  addStart,
  addStop,
  addKill,
  addRestart,
  addUpdate,
  addRemove,
  addCurl,
];
