import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SilentExit } from '../command-error';
import type { Shell } from '../shell';
import { runPlugin } from './plugin';

describe('runPlugin()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minik8s-plugins-'));
  const shell = {
    env: { PATH: `/nowhere:${folder}` },
    lendTerminal: (work: () => unknown) => work(),
  } as unknown as Shell;
  const program = (name: string, exitCode: number) => {
    writeFileSync(join(folder, name), `#!/bin/sh\nexit ${exitCode}\n`);
    chmodSync(join(folder, name), 0o755);
  };

  beforeAll(() => {
    program('kubectl-lab', 0);
    program('kubectl-lab-check', 3);
    program('kubectl-lab_check', 4);
    writeFileSync(join(folder, 'kubectl-plain'), 'no program');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    [['lab', 'other'], 0],
    [['lab', 'check', '--all'], 3],
    [['lab-check'], 4],
  ])('%j runs the program with the longest name that fits, and passes its exit code on', async (words, code) => {
    const ran = await runPlugin(words, shell).catch((error: unknown) => error);
    expect(ran).toEqual(code === 0 ? true : new SilentExit(code));
  });

  test.each([[['plain']], [['nobody']], [['-n', 'lab']]])('%j is no plugin', async (words) => {
    expect(await runPlugin(words, shell)).toBe(false);
  });
});
