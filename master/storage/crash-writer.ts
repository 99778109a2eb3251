/**
 * The child of `embedded-store.crash.test.ts`: writes without end and says which writes were answered.
 *
 * Reports one line an answer on stdout: `<key> <revision> <value>`, or `<key> <revision> -` for a delete, written synchronously
 * so that nothing answered is unsaid for long. First line: `open <revision>`.
 */
import { writeSync } from 'node:fs';
import { openEmbeddedStore } from './embedded-store';

const WRITERS = 16;
const KEYS_PER_WRITER = 20;

async function main(directory: string, round: string): Promise<void> {
  const store = await openEmbeddedStore({ directory, historyLimit: 300 });
  say(`open ${await store.currentRevision()}`);
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let count = 0; ; count++) {
      const key = `/registry/core/pods/w${writer}/p${(count * 7) % KEYS_PER_WRITER}`;
      const value = `${round}-${writer}-${count}`;
      const padded = Buffer.from(value.padEnd(count % 3000, '.'));
      const present = await store.get(key);
      if (!present) say(`${key} ${await store.create(key, padded)} ${value}`);
      else if (count % 5 === 0) say(`${key} ${await store.delete(key, present.revision)} -`);
      else say(`${key} ${await store.update(key, padded, present.revision)} ${value}`);
    }
  });
  await Promise.all(writers);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const [directory = '', round = ''] = process.argv.slice(2);
main(directory, round).catch((error: unknown) => {
  writeSync(2, `${String(error)}\n`);
  process.exit(1);
});
