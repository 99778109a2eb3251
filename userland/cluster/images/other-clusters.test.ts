/** Who else needs the images: from a list of processes and a stand-in for Docker. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeOfPodMaker, otherHomes } from './other-clusters';
import { removeBuiltImages } from './remove-built';

const directory = mkdtempSync(join(tmpdir(), 'minik8s-others-'));
const processes = join(directory, 'proc');
afterAll(() => rmSync(directory, { recursive: true }));

/** A process in the list, as the kernel shows it. */
function runs(pid: number, ...words: string[]): void {
  mkdirSync(join(processes, String(pid)), { recursive: true });
  writeFileSync(join(processes, String(pid), 'cmdline'), words.map((word) => `${word}\0`).join(''));
}

beforeEach(() => {
  rmSync(processes, { recursive: true, force: true });
  mkdirSync(join(processes, 'self'), { recursive: true });
});

describe('homeOfPodMaker()', () => {
  test.each([
    [['node', '--max-semi-space-size=1', '/opt/dist/kubelet.js', '--home', '/a'], '/a'],
    [['node', '/opt/dist/all-in-one.js', '--home', '/a'], '/a'],
    [['node', '/opt/dist/scheduler.js', '--home', '/a'], undefined],
    [['node', '/opt/dist/kubelet.js'], undefined],
    [['tool', '--home', '/a'], undefined],
    [[], undefined],
  ])('of %j is %j', (words, home) => {
    expect(homeOfPodMaker(words)).toBe(home);
  });
});

test('otherHomes() names each cluster beside this one once', () => {
  runs(1, 'init');
  runs(20, 'node', '/opt/dist/kubelet.js', '--home', '/mine');
  runs(21, 'node', '/opt/dist/kubelet.js', '--home', '/theirs');
  runs(22, 'node', '/opt/dist/all-in-one.js', '--home', '/theirs');
  mkdirSync(join(processes, '23')); // It ended while we looked.
  expect(otherHomes('/mine/', processes)).toEqual(['/theirs']);
  expect(otherHomes('/theirs', processes)).toEqual(['/mine']);
});

describe('removeBuiltImages()', () => {
  const dockerSocket = join(directory, 'docker.sock');
  const image = { RepoTags: ['minik8s/base:1', 'busybox:latest'], ParentId: '' };
  const inherited = { RepoTags: ['app:1'], ParentId: 'sha256:1' };
  let server: Server;
  let containers: unknown[];
  let removed: string[];

  beforeAll((done) => {
    server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      if (request.method === 'DELETE') removed.push(path.replace('/images/', ''));
      if (path.startsWith('/containers/')) response.end(JSON.stringify(containers));
      else response.end(JSON.stringify(request.method === 'GET' ? [image, inherited] : []));
    });
    server.listen(dockerSocket, done);
  });
  beforeEach(() => {
    containers = [];
    removed = [];
  });
  afterAll((done) => void server.close(done));

  const remove = () => removeBuiltImages(dockerSocket, '/mine', processes);

  test('removes what this project built, and not what was made from it', async () => {
    runs(20, 'node', '/opt/dist/kubelet.js', '--home', '/mine');
    expect(await remove()).toEqual(['minik8s/base:1', 'busybox:latest']);
    expect(removed).toEqual(['minik8s/base:1', 'busybox:latest']);
  });

  test('keeps all while another cluster runs, though no container of it has them', async () => {
    runs(21, 'node', '/opt/dist/kubelet.js', '--home', '/theirs');
    expect(await remove()).toEqual([]);
    expect(removed).toEqual([]);
  });

  test('keeps all while there are containers of a cluster whose kubelet is down', async () => {
    containers = [{ Id: 'a' }];
    expect(await remove()).toEqual([]);
    expect(removed).toEqual([]);
  });
});
