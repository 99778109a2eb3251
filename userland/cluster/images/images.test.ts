/** Archives, library lists, and building against a stand-in for Docker; no daemon, no registry. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImages } from './build-images';
import { dockerStore, failureOf, loadImages } from './docker-images';
import { librariesIn } from './root-filesystem';
import { type TarEntry, tarChunks } from './tar';

const directory = mkdtempSync(join(tmpdir(), 'minik8s-images-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('tarChunks()', () => {
  const longName = `deep/${'x'.repeat(120)}/file`;
  const entries: TarEntry[] = [
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
    { kind: 'text', path: '/etc/passwd', text: 'root:x:0:0\n' },
    { kind: 'link', path: 'bin/sh', target: '/bin/busybox' },
    { kind: 'copy', path: 'program', from: __filename, mode: 0o755 },
    { kind: 'text', path: longName, text: '' },
  ];

  test('makes an archive that tar reads', () => {
    const file = join(directory, 'a.tar');
    writeFileSync(file, Buffer.concat([...tarChunks(entries)]));
    const listed = execFileSync('tar', ['-tvf', file], { encoding: 'utf8' }).trim().split('\n');
    expect(listed[0]).toMatch(/^drwxrwxrwt 0\/0 .* tmp\/$/);
    expect(listed[2]).toMatch(/bin\/sh -> \/bin\/busybox$/);
    expect(listed[3]).toMatch(/^-rwxr-xr-x/);
    expect(listed[4]).toContain(longName);
    const unpacked = execFileSync('tar', ['-xOf', file, 'program']);
    expect(unpacked.equals(readFileSync(__filename))).toBe(true);
  });

  test('gives the same bytes every time', () => {
    expect(Buffer.concat([...tarChunks(entries)]).equals(Buffer.concat([...tarChunks(entries)]))).toBe(true);
  });
});

test('librariesIn() finds libraries and the loader once each', () => {
  const output = [
    '/usr/bin/a:',
    '\tlinux-vdso.so.1 (0x00007ffd)',
    '\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)',
    '\tlibmissing.so => not found',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f)',
    '/usr/bin/b:',
    '\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)',
    '\tstatically linked',
  ].join('\n');
  expect(librariesIn(output)).toEqual(['/lib/x86_64-linux-gnu/libz.so.1', '/lib64/ld-linux-x86-64.so.2']);
});

describe('failureOf()', () => {
  test.each([
    [200, '{"status":"sha256:1"}\n', undefined],
    [200, '{"status":"Pulling"}\r\n{"error":"denied"}\r\n', 'denied'],
    [500, '{"message":"no space left"}', 'no space left'],
    [502, 'bad gateway', 'bad gateway'],
    [500, '', 'status 500'],
  ])('of %d %j is %j', (status, body, expected) => {
    expect(failureOf({ status, body })).toBe(expected);
  });
});

describe('buildImages()', () => {
  const dockerSocket = join(directory, 'docker.sock');
  let server: Server;
  let existing: Set<string>;
  let pullable: Set<string>;
  let calls: string[];

  beforeAll((done) => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://docker');
      const name = `${url.searchParams.get('repo') ?? url.searchParams.get('fromImage')}:${url.searchParams.get('tag')}`;
      const isPull = url.searchParams.has('fromImage');
      request.resume().on('end', () => {
        if (request.method === 'GET') {
          const tag = url.pathname.replace(/^\/images\/(.*)\/json$/, '$1');
          return void response.writeHead(existing.has(tag) ? 200 : 404).end('{}');
        }
        calls.push(`${isPull ? 'pull' : url.pathname.endsWith('/tag') ? 'tag' : 'import'} ${name}`);
        if (!isPull) expect(url.searchParams.getAll('changes').join()).toMatch(/^$|LABEL io.minik8s\/built=1$/);
        response.end(isPull && !pullable.has(name) ? '{"error":"no such host"}' : '{"status":"done"}');
      });
    });
    server.listen(dockerSocket, done);
  });
  beforeEach(() => {
    existing = new Set();
    pullable = new Set();
    calls = [];
  });
  afterAll((done) => void server.close(done));

  const build = (only: readonly string[], pull = true) =>
    buildImages({ store: dockerStore(dockerSocket), log: () => {}, only, pull, install: false });

  test('keeps what exists', async () => {
    existing = new Set(['node:latest', `node:${process.versions.node.split('.')[0]}`]);
    expect((await build(['node'])).map((image) => image.how)).toEqual(['kept', 'kept']);
    expect(calls).toEqual([]);
  });

  test('takes what the registry has', async () => {
    pullable = new Set(['nginx:latest']);
    expect(await build(['nginx'])).toEqual([{ tag: 'nginx:latest', how: 'pulled' }]);
    expect(calls).toEqual(['pull nginx:latest']);
  });

  test('refuses a name it does not know, naming those it does', async () => {
    await expect(build(['postgres'])).rejects.toThrow("no image 'postgres'; there are: pause, base, busybox");
  });

  test('says so when Docker does not answer', async () => {
    const unreachable = { store: dockerStore(join(directory, 'none.sock')), log: () => {}, only: ['pause'] };
    await expect(buildImages(unreachable)).rejects.toThrow('did not answer');
  });

  test('loadImages() says what was loaded, or why not', async () => {
    const file = join(directory, 'archive.tar');
    writeFileSync(file, '');
    await expect(loadImages(dockerSocket, join(directory, 'none.tar'))).rejects.toThrow('ENOENT');
    expect(await loadImages(dockerSocket, file)).toBe('');
  });
});
