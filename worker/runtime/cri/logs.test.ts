/** Log files of CRI containers: lines, what a request gets of them, rotation. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { LineSplitter, parseLogLine } from './cri-log';
import { parseRotationRule } from './log-keeper';
import { openLog } from './log-reader';
import { removeLog, rotateLog } from './log-rotation';

const folder = mkdtempSync(join(tmpdir(), 'minik8s-cri-log-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, '0.log');
const T = '2026-01-02T03:04:0';
const at = (second: number) => `${T}${second}.123456789Z`;

beforeEach(() => removeLog(path));

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

const ended = { path, isRunning: async () => false };
const all = { follow: false, timestamps: false };

test.each([
  [`${at(1)} stdout F a b`, { time: at(1), isStderr: false, isPart: false, text: 'a b' }],
  [`${at(1)} stderr P half`, { time: at(1), isStderr: true, isPart: true, text: 'half' }],
  [`${at(1)} stdout F `, { time: at(1), isStderr: false, isPart: false, text: '' }],
  [`${at(1)} other F x`, undefined],
  ['nonsense', undefined],
])('parseLogLine() of %j', (line, expected) => {
  const parsed = parseLogLine(Buffer.from(line));
  expect(parsed && { ...parsed, text: parsed.text.toString() }).toEqual(expected);
});

test('LineSplitter.push() keeps what has no end yet', () => {
  const splitter = new LineSplitter();
  const texts = (chunk: string) => splitter.push(Buffer.from(chunk)).map(String);
  expect([texts('a\nb'), texts(''), texts('c\n\nd')]).toEqual([['a'], [], ['bc', '']]);
});

describe('openLog()', () => {
  const lines = [`${at(1)} stdout F one`, `${at(2)} stderr P tw`, `${at(2)} stderr F o`, `${at(3)} stdout F three`];

  test.each([
    ['everything', all, 'one\ntwo\nthree\n'],
    ['the last lines, parts with their whole', { ...all, tailLines: 2 }, 'two\nthree\n'],
    ['none of the past', { ...all, tailLines: 0 }, ''],
    ['what is young enough', { ...all, since: new Date(`${T}3Z`) }, 'three\n'],
    ['a time in front of each line', { ...all, timestamps: true, tailLines: 2 }, `${at(2)} two\n${at(3)} three\n`],
  ])('gives %s', async (_, request, expected) => {
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(await textOf(openLog(ended, request))).toBe(expected);
  });

  test('gives nothing of a log that is not there', async () => {
    expect(await textOf(openLog(ended, all))).toBe('');
  });

  test('follows through a rotation to the end of the container', async () => {
    writeFileSync(path, `${at(1)} stdout F old\n`);
    let isRunning = true;
    const stream = openLog({ path, isRunning: async () => isRunning }, { ...all, follow: true });
    const iterator = stream.iterator({ destroyOnReturn: false });
    const next = async () => String((await iterator.next()).value);
    expect(await next()).toBe('old\n');
    appendFileSync(path, `${at(2)} stdout F more\n`);
    expect(await next()).toBe('more\n');
    await rotateLog(path, { maxSizeBytes: 1, maxFiles: 3 }, async () => writeFileSync(path, `${at(3)} stdout F new\n`));
    expect(await next()).toBe('new\n');
    isRunning = false;
    expect((await iterator.next()).done).toBe(true);
    expect(await textOf(openLog(ended, all))).toBe('old\nmore\nnew\n');
  });
});

describe('rotateLog()', () => {
  const rule = { maxSizeBytes: 3, maxFiles: 2 };
  const reopen = async () => writeFileSync(path, '');

  test('leaves a short file alone, and one that is not there', async () => {
    expect(await rotateLog(path, rule, reopen)).toBe(false);
    writeFileSync(path, 'abc');
    expect(await rotateLog(path, rule, reopen)).toBe(false);
  });

  test('sets a long one aside and keeps so many', async () => {
    for (const [second, text] of ['first', 'second', 'third'].entries()) {
      writeFileSync(path, text);
      expect(await rotateLog(path, rule, reopen, new Date(`${T}${second}Z`))).toBe(true);
    }
    const names = readdirSync(folder).sort();
    expect(names).toEqual(['0.log', '0.log.20260102T030402.000']);
    expect(readFileSync(join(folder, names[1] ?? ''), 'utf8')).toBe('third');
    await removeLog(path);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('puts it back when the runtime refuses', async () => {
    writeFileSync(path, 'long');
    await expect(rotateLog(path, rule, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readFileSync(path, 'utf8')).toBe('long');
  });
});

test.each([
  ['10485760x5', { maxSizeBytes: 10_485_760, maxFiles: 5 }],
  ['', undefined],
  [undefined, undefined],
])('parseRotationRule() of %j', (text, expected) => {
  expect(parseRotationRule(text)).toEqual(expected);
});
