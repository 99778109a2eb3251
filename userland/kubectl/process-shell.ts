/**
 * The shell around a real process: its streams, its environment, its connections.
 */
import { text } from 'node:stream/consumers';
import type { Settings } from '../../helper/process/settings';
import { type Connection, openConnection } from './connection';
import type { Shell } from './shell';

export interface ProcessShell extends Shell {
  /** Closes all connections. */
  close(): void;
}

/** A reader that went away (`| head`) is no error. */
function writeTo(stream: NodeJS.WriteStream): (text: string) => void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return (chunk) => {
    stream.write(chunk);
  };
}

export function createShell(settings: Settings): ProcessShell {
  const connections = new Map<string, Connection>();
  const err = writeTo(process.stderr);
  return {
    settings,
    output: { out: writeTo(process.stdout), err },
    env: process.env,
    // npm and run.sh may have changed folders; where the user stands is what counts.
    workingDirectory: process.cwd(),
    isPrompt: false,
    signal: new AbortController().signal,
    readStdin: () => text(process.stdin),
    connect(flags) {
      const { kubeconfig, context, server, as, asGroup, asUid, token } = flags;
      const key = JSON.stringify([kubeconfig, context, server, as, asGroup, asUid, token]);
      const open = connections.get(key);
      if (open) return open;
      const connection = openConnection(flags, {
        settings,
        env: process.env,
        onWarning: (warning) => err(`Warning: ${warning}\n`),
      });
      connections.set(key, connection);
      return connection;
    },
    lendTerminal: (work) => work(),
    close() {
      for (const { client } of connections.values()) client.close();
    },
  };
}
