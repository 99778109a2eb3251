/**
 * The three steps of every command: complete -> validate -> run.
 *
 * `complete` turns words and flags into a request that is whole, `validate` refuses what contradicts itself before anything
 * is sent, `run` does it. A verb is one file in `commands/`.
 */
import type { Command } from 'commander';
import type { RestClient } from '../../helper/client/rest-client';
import type { Connection, ConnectionFlags } from './connection';
import type { Discovery } from './resources/discovery';
import type { Output, Shell } from './shell';

/** Flags that every command takes. */
interface GlobalFlags extends ConnectionFlags {
  readonly namespace?: string;
  /** from 6 on requests are shown */
  readonly v?: number;
}

/** The words behind a verb. */
export interface Invocation<Flags> {
  readonly args: readonly string[];
  /** words after `--`; undefined when there was none */
  readonly afterDash: readonly string[] | undefined;
  readonly flags: Flags & GlobalFlags;
}

/** What a verb works with. */
export interface Context {
  readonly client: RestClient;
  readonly discovery: Discovery;
  readonly connection: Connection;
  /** of `-n`, else of the kubeconfig's context, else `default` */
  readonly namespace: string;
  readonly hasExplicitNamespace: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly shell: Shell;
}

export interface Verb<Flags, Request> {
  complete(invocation: Invocation<Flags>, context: Context): Request | Promise<Request>;
  /** Throws a CommandError. */
  validate(request: Request): void;
  run(request: Request, context: Context): Promise<void>;
}

/** Where verbs are registered. */
export interface VerbHost {
  readonly shell: Shell;
  readonly afterDash: readonly string[] | undefined;
}

/** Registers a verb in the program of one command line. */
export type AddVerb = (program: Command, host: VerbHost) => void;

function createContext(flags: GlobalFlags, shell: Shell): Context {
  // A getter, so that commands that need no cluster (`version --client`) work without one.
  const connection = () => shell.connect(flags);
  return {
    get client() {
      return connection().client;
    },
    get discovery() {
      return connection().discovery;
    },
    get connection() {
      return connection();
    },
    get namespace() {
      return flags.namespace ?? connection().config.namespace ?? 'default';
    },
    hasExplicitNamespace: flags.namespace !== undefined,
    output: shell.output,
    signal: shell.signal,
    shell,
  };
}

export function defineVerb<Flags, Request>(command: Command, host: VerbHost, verb: Verb<Flags, Request>): void {
  command.argument('[args...]').action(async () => {
    const flags = command.optsWithGlobals<Flags & GlobalFlags>();
    const context = createContext(flags, host.shell);
    const args = host.afterDash ? command.args.slice(0, command.args.length - host.afterDash.length) : command.args;
    const endLog = flags.v ? await showRequests(flags.v, host.shell) : undefined;
    try {
      const request = await verb.complete({ args, afterDash: host.afterDash, flags }, context);
      verb.validate(request);
      await verb.run(request, context);
    } finally {
      endLog?.();
    }
  });
}

async function showRequests(level: number, shell: Shell): Promise<() => void> {
  const { logRequests } = await import('./request-log');
  return logRequests(level, (text) => shell.output.err(text));
}
