/**
 * kill -9 in the middle of a write storm, many times over the same directory: what was answered is there, the counter
 * never goes back, no revision is given twice. A write under way may have happened or not, but never half.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { openEmbeddedStore } from './embedded-store';
import type { StoreEvent } from './store';

const ROUNDS = Number(process.env['MINIK8S_CRASH_ROUNDS'] ?? 200);
/** Two kills in one: every tenth child is killed while it is still opening, the others up to this long after their first answer. */
const LONGEST_STORM_MILLISECONDS = 120;
const WRITERS = 16;

interface Answer {
  readonly key: string;
  readonly revision: number;
  /** '-' = deleted */
  readonly value: string;
}

/** Runs one child until it is killed; what it said before its death. */
function runUntilKilled(program: string, directory: string, round: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, directory, String(round)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, complaint, armed] = ['', '', false];
    const killAfter = (milliseconds: number) => {
      if (!armed) setTimeout(() => child.kill('SIGKILL'), milliseconds);
      armed = true;
    };
    if (round % 10 === 0) killAfter(60 + Math.random() * 60);
    child.stdout.on('data', (chunk) => {
      said += chunk;
      killAfter(Math.random() * LONGEST_STORM_MILLISECONDS);
    });
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: ${complaint}`));
      // A line cut in two by the kill was not said.
      else resolve(said.split('\n').slice(0, -1));
    });
  });
}

function parseAnswer(line: string): Answer {
  const [key = '', revision = '', value = ''] = line.split(' ');
  return { key, revision: Number(revision), value };
}

describe('embedded store under kill -9', () => {
  let scratch: string;
  let program: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'minik8s-crash-'));
    // Beside the sources, so that the bundle finds lmdb in node_modules.
    mkdirSync(join(__dirname, '../../generated'), { recursive: true });
    program = join(__dirname, `../../generated/crash-writer-${process.pid}.cjs`);
    buildSync({
      entryPoints: [join(__dirname, 'crash-writer.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      external: ['lmdb'],
    });
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(program, { force: true });
  });

  test(
    `openEmbeddedStore() finds every answered write after each of ${ROUNDS} kills`,
    async () => {
      // Two storms side by side: while one child starts, the other writes.
      const storms = ['one', 'two'].map((name) => storm(program, join(scratch, name), ROUNDS / 2));
      const [one = 0, two = 0] = await Promise.all(storms);
      process.stderr.write(`${ROUNDS} kills, ${one + two} answered writes, none lost\n`);
      expect(one + two).toBeGreaterThan(ROUNDS * 10);
    },
    ROUNDS * 3000,
  );
});

/** Kills one writer after the other over the same directory; returns how many writes were answered. */
async function storm(program: string, directory: string, rounds: number): Promise<number> {
  const revisionsGiven = new Set<number>();
  let newest = 1;
  for (let round = 0; round < rounds; round++) {
    const [opening, ...lines] = await runUntilKilled(program, directory, round);
    if (opening) expect(Number(opening.split(' ')[1])).toBeGreaterThanOrEqual(newest);
    const answers = lines.map(parseAnswer);
    for (const { revision } of answers) {
      expect(revisionsGiven.has(revision)).toBe(false);
      revisionsGiven.add(revision);
    }
    newest = await checkStore(directory, answers, newest);
  }
  return revisionsGiven.size;
}

/** Opens what the killed writer left; returns its revision. */
async function checkStore(directory: string, answers: readonly Answer[], before: number): Promise<number> {
  const store = await openEmbeddedStore({ directory, historyLimit: 300 });
  try {
    const revision = await store.currentRevision();
    const newestAnswered = Math.max(before, ...answers.map((answer) => answer.revision));
    expect(revision).toBeGreaterThanOrEqual(newestAnswered);
    const last = new Map<string, Answer>();
    for (const answer of answers) {
      if (answer.revision > (last.get(answer.key)?.revision ?? 0)) last.set(answer.key, answer);
    }
    for (const answer of last.values()) {
      const present = await store.get(answer.key);
      // A later write of the same writer may have reached the disk without its answer being heard.
      if (present && present.revision > answer.revision) continue;
      if (!present && answer.value !== '-') expect(await deletedSince(store, answer)).toBe(true);
      else expect(present && [present.revision, textOf(present.value)]).toEqual(expectedOf(answer));
    }
    const { items } = await store.list('/');
    expect(new Set(items.map((item) => item.revision)).size).toBe(items.length);
    expect(Math.max(1, ...items.map((item) => item.revision))).toBeLessThanOrEqual(revision);
    return revision;
  } finally {
    await store.close();
  }
}

const textOf = (value: Buffer) => value.toString().replace(/\.*$/, '');
const expectedOf = (answer: Answer) => (answer.value === '-' ? undefined : [answer.revision, answer.value]);

/** Whether history tells of a delete that was not heard of: one of the last, each writer has one write under way. */
async function deletedSince(store: Awaited<ReturnType<typeof openEmbeddedStore>>, answer: Answer): Promise<boolean> {
  const events: StoreEvent[] = [];
  const revision = await store.currentRevision();
  const ended = new Promise<void>((resolve, reject) => {
    store.watch(answer.key, Math.max(answer.revision, revision - 2 * WRITERS), {
      onEvent: (event) => events.push(event),
      onProgress: () => resolve(),
      onEnd: reject,
    });
  });
  await ended;
  return events.some(({ type, key }) => type === 'delete' && key === answer.key);
}
