/**
 * Loads dockerode without the two thirds of it that a local socket never uses.
 *
 * dockerode requires an SSH client and a gRPC stack (image builds with BuildKit) when it is loaded: some 200 ms and 20 MB in a
 * process that promises to start at once. Both are taken as loaded, empty, before dockerode asks for them. Where that cannot
 * be done (another package layout, a test runner with its own module loader) dockerode loads them as it would anyway.
 */
import { createRequire } from 'node:module';
import type Docker from 'dockerode';

type DockerConstructor = new (options: { socketPath: string }) => Docker;

const UNUSED = [
  { from: 'dockerode', file: 'docker-modem/lib/ssh.js' },
  { from: 'dockerode', file: './session.js' },
];

/** A client for the socket; nothing is connected yet. */
export function loadDockerode(socketPath: string): Docker {
  const load = createRequire(__filename);
  for (const { from, file } of UNUSED) leaveOut(load, from, file);
  const DockerClass = load('dockerode') as DockerConstructor;
  return new DockerClass({ socketPath });
}

function leaveOut(load: NodeJS.Require, from: string, file: string): void {
  try {
    const path = createRequire(load.resolve(from)).resolve(file);
    if (load.cache[path]) return;
    const unavailable = () => {
      throw new Error(`${file} is left out of this process`);
    };
    load.cache[path] = { id: path, filename: path, loaded: true, exports: unavailable } as unknown as NodeJS.Module;
  } catch {
    // The file is not where it was: dockerode will load what it needs.
  }
}
