/**
 * What the documents say is there: files they link to or name, and the commands of `./run.sh` they show. A newcomer types what they read.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const NOT_OURS = /(^|\/)(node_modules|dist|generated|coverage|\.git)(\/|$)/;
const documents = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md') && !NOT_OURS.test(file))
  .sort();

/** Places of this repository, written in a sentence: `docs/design.md`, `master/storage/store.ts`. Folders below test/e2e are Kubernetes'. */
const NAMED =
  /`(?!test\/e2e\/[\w./-]*\/`)((?:helper|master|worker|userland|test|docs|yaml_default|\.ci|\.workflow)\/[\w./-]*[\w/-])`/g;
const LINK = /\]\(([^)\s]+)\)/g;

const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, what = '']) => what);

/** The first words of the command line, from the source of its program: `up`, `token`, ... */
function verbs(): Set<string> {
  const source = textOf('userland/cluster/cli.ts');
  const orders = /for \(const action of \[([^\]]*)\]/.exec(source)?.[1] ?? '';
  const names = [
    ...found(source, /program\s*\.command\('([a-z-]+)/g),
    ...found(source, /=\s*program\.command\('([a-z-]+)/g),
  ];
  return new Set(['help', ...names, ...found(orders, /'([a-z]+)'/g)]);
}

test('there are documents, and verbs to look for in them', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/design.md', 'worker/runtime/README.md']));
  expect([...verbs()]).toEqual(
    expect.arrayContaining(['up', 'down', 'ps', 'restart', 'token', 'machine', 'images', 'test']),
  );
});

test.each(documents)('%s names and links only what is there', (file) => {
  const text = textOf(file);
  const links = found(text, LINK).filter((link) => !/^[a-z]+:|^#/.test(link));
  const lost = [
    ...links.filter((link) => !existsSync(join(ROOT, dirname(file), decodeURI(link.split('#')[0] ?? '')))),
    ...found(text, NAMED).filter(
      (place) => !existsSync(join(ROOT, place)) && !existsSync(join(ROOT, dirname(file), place)),
    ),
  ];
  expect(lost).toEqual([]);
});

test.each(documents)('%s shows only verbs of ./run.sh that exist', (file) => {
  const known = verbs();
  const shown = found(textOf(file), /\.\/run\.sh ([a-z][a-z-]*)/g);
  expect(shown.filter((verb) => !known.has(verb))).toEqual([]);
});
