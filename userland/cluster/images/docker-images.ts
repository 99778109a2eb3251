/**
 * The five calls to Docker that making images needs, on its socket: exists, import, tag, pull, load.
 *
 * Plain node:http instead of dockerode: `run.sh` makes pause and base on its way to the first pod, and loading a client would
 * take longer than importing them. https://docs.docker.com/reference/api/engine/
 */
import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { UserError } from '../run-command';
import type { ImageStore } from './image-store';
import { type TarEntry, tarChunks } from './tar';

const ANSWER_LIMIT_MS = 120_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface CallOptions {
  readonly body?: Readable;
  /** the call is given up when nothing arrives for so long */
  readonly idleMs?: number;
}

function call(socketPath: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(
        new UserError(
          `Docker on ${socketPath} did not answer ${method} ${path}: ${error.message}`,
          'Is dockerd running?',
          {
            cause: error,
          },
        ),
      );
    const headers = options.body ? { 'content-type': 'application/x-tar' } : {};
    const outgoing = request({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    const idleMs = options.idleMs ?? ANSWER_LIMIT_MS;
    outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error(`nothing arrived for ${idleMs / 1000} s`)));
    outgoing.on('error', fail);
    // An unreadable file ends the call; Docker must not wait for the rest of it.
    if (options.body) options.body.on('error', (error) => outgoing.destroy(error)).pipe(outgoing);
    else outgoing.end();
  });
}

/** The error in Docker's answer: the status, or the last line of a progress stream, whose status is always 200. */
export function failureOf(answer: Answer): string | undefined {
  const lines = answer.body.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    try {
      const { error, message } = JSON.parse(line) as { error?: string; message?: string };
      if (error) return error;
      if (answer.status >= 400 && message) return message;
    } catch {
      if (answer.status >= 400) return line;
    }
  }
  return answer.status >= 400 ? `status ${answer.status}` : undefined;
}

function splitTag(tag: string): { repo: string; version: string } {
  const colon = tag.lastIndexOf(':');
  return { repo: tag.slice(0, colon), version: tag.slice(colon + 1) };
}

async function imageExists(socketPath: string, tag: string): Promise<boolean> {
  const answer = await call(socketPath, 'GET', `/images/${tag}/json`);
  if (answer.status !== 200 && answer.status !== 404) {
    throw new UserError(`Docker could not look up image '${tag}': ${failureOf(answer)}`, 'See the log of dockerd.');
  }
  return answer.status === 200;
}

/** Makes a one-layer image of the entries. `changes` are Dockerfile instructions. */
async function importImage(
  socketPath: string,
  tag: string,
  entries: readonly TarEntry[],
  changes: readonly string[],
): Promise<void> {
  const { repo, version } = splitTag(tag);
  const query = new URLSearchParams({ fromSrc: '-', repo, tag: version, message: 'made by minik8s' });
  for (const change of changes) query.append('changes', change);
  const answer = await call(socketPath, 'POST', `/images/create?${query}`, { body: Readable.from(tarChunks(entries)) });
  const failure = failureOf(answer);
  if (failure)
    throw new UserError(`Docker could not import image '${tag}': ${failure}`, 'Is there space left on its disk?');
}

async function tagImage(socketPath: string, existing: string, tag: string): Promise<void> {
  const { repo, version } = splitTag(tag);
  const answer = await call(
    socketPath,
    'POST',
    `/images/${existing}/tag?${new URLSearchParams({ repo, tag: version })}`,
  );
  const failure = failureOf(answer);
  if (failure)
    throw new UserError(`Docker could not tag '${existing}' as '${tag}': ${failure}`, 'See the log of dockerd.');
}

/** Tries the registry Docker is configured for. False when it does not begin to answer within `idleMs`, or refuses. */
async function pullImage(socketPath: string, tag: string, idleMs: number): Promise<boolean> {
  const { repo, version } = splitTag(tag);
  const query = new URLSearchParams({ fromImage: repo, tag: version });
  try {
    return failureOf(await call(socketPath, 'POST', `/images/create?${query}`, { idleMs })) === undefined;
  } catch {
    return false;
  }
}

/** `docker load`: takes an archive of `docker save`; returns Docker's lines, e.g. `Loaded image: app:1`. */
export async function loadImages(socketPath: string, file: string): Promise<string> {
  const body = createReadStream(file);
  const answer = await call(socketPath, 'POST', '/images/load?quiet=1', { body });
  const failure = failureOf(answer);
  if (failure) {
    throw new UserError(`Docker could not load '${file}': ${failure}`, 'The file must come from `docker save`.');
  }
  return answer.body
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => (JSON.parse(line) as { stream?: string }).stream?.trim() ?? '')
    .filter((line) => line !== '')
    .join('\n');
}

/** The images of the Docker on this socket. */
export function dockerStore(socketPath: string): ImageStore {
  return {
    exists: (tag) => imageExists(socketPath, tag),
    import: (tag, entries, changes) => importImage(socketPath, tag, entries, changes),
    tag: (existing, tag) => tagImage(socketPath, existing, tag),
    pull: (tag, idleMs) => pullImage(socketPath, tag, idleMs),
    load: (file) => loadImages(socketPath, file),
  };
}
