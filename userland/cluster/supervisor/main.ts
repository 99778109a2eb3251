/**
 * The supervisor: the one small daemon behind `run.sh`. It starts the components in stages, restarts crashed ones, and
 * takes orders over a unix socket.
 *
 * It holds no state of the cluster. Killed, it leaves the components running; the next `./run.sh up` starts a new one, which
 * adopts them.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { readPlan } from './launch-plan';
import { ManagedProcess, type ProcessSpec } from './managed-process';
import { identify, writePidFile } from './process-identity';
import { callSocket, supervisorSocket } from './protocol';

const READY_CHECK_MS = 15;

const home = process.argv[2];
if (!home) {
  process.stderr.write('usage: supervisor.js HOME\n');
  process.exit(2);
}
const stages = readPlan(home);
const processes = new Map(stages.flat().map((spec) => [spec.name, new ManagedProcess(spec)]));

async function isReady(name: string): Promise<boolean> {
  const answer = await callSocket(join(home as string, 'run', `${name}.sock`), 'GET', '/readyz').catch(() => undefined);
  return answer?.status === 200;
}

/** Resolves when the process is ready, was stopped, or has held up the others long enough: they retry by themselves. */
async function holdUntilReady({ name, holdsNextMs = 0 }: ProcessSpec): Promise<void> {
  const deadline = Date.now() + holdsNextMs;
  while (Date.now() < deadline && processes.get(name)?.report().state !== 'stopped' && !(await isReady(name))) {
    await new Promise((resolve) => setTimeout(resolve, READY_CHECK_MS));
  }
}

async function startStages(): Promise<void> {
  for (const stage of stages) {
    for (const spec of stage) processes.get(spec.name)?.resume();
    await Promise.all(stage.map(holdUntilReady));
  }
}

async function act(name: string, action: string): Promise<unknown> {
  const managed = processes.get(name);
  if (!managed) throw new Error(`no component ${JSON.stringify(name)}; there are: ${[...processes.keys()].join(', ')}`);
  if (action === 'stop') await managed.stop(true);
  else if (action === 'start') managed.start();
  else if (action === 'wake') managed.wake();
  else if (action === 'restart') {
    await managed.stop(false);
    managed.start();
  } else throw new Error(`no action ${JSON.stringify(action)}; expected start, stop, restart or wake`);
  return managed.report();
}

async function shutdown(): Promise<void> {
  // Users of the API first, the API next, the store last.
  for (const stage of [...stages].reverse()) {
    await Promise.all(stage.map((spec) => processes.get(spec.name)?.stop(false)));
  }
}

async function answer(request: IncomingMessage): Promise<unknown> {
  const path = request.url ?? '/';
  if (path === '/processes' && request.method === 'GET')
    return [...processes.values()].map((managed) => managed.report());
  if (path === '/shutdown' && request.method === 'POST') {
    await shutdown();
    setImmediate(() => exit());
    return {};
  }
  const [, name = '', action = ''] = /^\/processes\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (!name || request.method !== 'POST') throw new Error(`unknown order ${request.method} ${path}`);
  return act(name, action);
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  answer(request).then(
    (body) =>
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body)),
    (error: Error) => response.writeHead(400, { connection: 'close' }).end(error.message),
  );
}

function exit(): void {
  rmSync(supervisorSocket(home as string), { force: true });
  rmSync(join(home as string, 'run', 'supervisor.pid'), { force: true });
  process.exit(0);
}

mkdirSync(join(home, 'run'), { recursive: true });
rmSync(supervisorSocket(home), { force: true });
createServer(handle).listen(supervisorSocket(home), () => {
  const self = identify(process.pid);
  if (self) writePidFile(join(home as string, 'run', 'supervisor.pid'), self);
  startStages().catch((error: Error) => process.stderr.write(`${error.stack}\n`));
});
// A terminal's Ctrl-C or logout is not an order to end the cluster; `./run.sh down` is.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => void shutdown().then(exit));
