/**
 * The journal across restarts: two files that take turns, and none begun again before the tables have what it holds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedJournal } from './embedded-journal';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik8s-journal-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (revision: number) => ({ revision, key: `/a/${revision}`, value: Buffer.from('x') });

function openJournal() {
  const { journal, writes } = EmbeddedJournal.open(directory);
  return { journal, revisions: writes.map(({ revision }) => revision) };
}

test('EmbeddedJournal.open() returns what was appended, over both files, oldest first', () => {
  const { journal, revisions } = openJournal();
  expect(revisions).toEqual([]);
  journal.begin(1);
  journal.append([write(2), write(3)]);
  journal.takeTurns(1);
  journal.append([write(4)]);
  // The first file holds 2 and 3, which the tables do not have: no turn.
  journal.takeTurns(2);
  journal.append([write(5)]);
  journal.close();
  expect(openJournal().revisions).toEqual([2, 3, 4, 5]);
});

test('takeTurns() begins a file again once the tables have what it holds', () => {
  const { journal } = openJournal();
  journal.begin(1);
  journal.append([write(2)]);
  journal.takeTurns(1);
  journal.append([write(3)]);
  journal.takeTurns(2);
  journal.append([write(4)]);
  journal.close();
  expect(openJournal().revisions).toEqual([3, 4]);
});

test('begin() starts both files anew after the tables took everything over', () => {
  const { journal } = openJournal();
  journal.begin(1);
  journal.append([write(2)]);
  journal.append([write(3)]);
  journal.close();
  const again = openJournal();
  expect(again.revisions).toEqual([2, 3]);
  again.journal.begin(3);
  again.journal.append([write(4)]);
  again.journal.close();
  expect(openJournal().revisions).toEqual([4]);
});
