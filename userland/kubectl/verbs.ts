/**
 * Every verb there is, in the order `help` shows them.
 */
import { addApply } from './commands/apply';
import { addCreate } from './commands/create';
import { addDelete } from './commands/delete';
import { addDescribe } from './commands/describe';
import { addGet } from './commands/get';
import { addLogs } from './commands/logs';
import type { AddVerb } from './verb';

export const VERBS: readonly AddVerb[] = [addGet, addDescribe, addApply, addCreate, addDelete, addLogs];
