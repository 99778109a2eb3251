import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../helper/process/log';
import type { ImageStatus, Runtime } from '../../runtime/runtime';
import { DEFAULT_CONFIGURATION } from '../config/kubelet-configuration';
import { buildStatus } from '../testing/build-pod';
import { ImageCollector } from './image-collector';
import { ImageRecords } from './image-records';

const HOUR_MS = 3_600_000;
const START = Date.now();
const image = (id: string, isPinned = false): ImageStatus => ({
  id,
  tags: [`${id}:1`],
  digests: [],
  sizeBytes: 10,
  user: '',
  isPinned,
});

let folder: string;
let present: ImageStatus[];
let used: string[];
let failing: string | undefined;
let free: number;
let told: string[];
let removed: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
  present = ['foreign', 'a', 'b', 'c'].map((id) => image(id));
  used = [];
  failing = undefined;
  free = 50;
  told = [];
  removed = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const records = () => new ImageRecords(join(folder, 'images.json'));

function collector(over: object = {}, known = records()): ImageCollector {
  const runtime: Pick<Runtime, 'listImages' | 'listContainers' | 'removeImage'> = {
    listImages: async () => present,
    listContainers: async () => used.map((imageId) => buildStatus('a', { imageId })),
    removeImage: async (id) => {
      if (id === failing) throw new Error(`image ${id} is being used`);
      present = present.filter((each) => each.id !== id);
      free += 10;
    },
  };
  return new ImageCollector({
    runtime: runtime as Runtime,
    configuration: { ...DEFAULT_CONFIGURATION, ...over },
    records: known,
    disk: async () => ({ totalBytes: 100, freeBytes: free }),
    onRemoved: (id) => removed.push(id),
    warn: (reason, message) => told.push(`${reason}: ${message}`),
    log: silentLogger(),
  });
}

/** The collector of a node on which a, b and c were used, in this order. */
function afterUse(over: object = {}): ImageCollector {
  const it = collector(over);
  ['a', 'b', 'c'].forEach((id, index) => {
    it.handOut(id, START + index);
  });
  return it;
}

describe('ImageCollector', () => {
  test('removes nothing while there is space', async () => {
    await afterUse().look(START + HOUR_MS);
    expect(removed).toEqual([]);
  });

  test('comes down to the low threshold, the longest unused first', async () => {
    free = 5;
    await afterUse().look(START + HOUR_MS);
    expect(removed).toEqual(['a', 'b']);
    expect(told).toEqual([]);
  });

  test('leaves alone what is in use, pinned, or none of its business, and says that this was not enough', async () => {
    free = 5;
    used = ['a'];
    present = present.map((each) => (each.id === 'b' ? image('b', true) : each));
    const it = afterUse();
    await it.look(START + HOUR_MS);
    expect(removed).toEqual(['c']);
    const message =
      'Failed to garbage collect required amount of images. Attempted to free 15 bytes, but only found 10 bytes eligible to free.';
    expect(told).toEqual([`FreeDiskSpaceFailed: ${message}`]);
    free = 5;
    await it.look(START + 2 * HOUR_MS);
    expect(told.at(-1)).toMatch(/^ImageGCFailed: Failed to garbage collect/);
  });

  test('removes what nobody has used for the maximum age, once the kubelet has run for that long', async () => {
    const it = afterUse({ imageMaximumGcAgeMs: HOUR_MS });
    await it.look(START + HOUR_MS / 2);
    expect(removed).toEqual([]);
    it.handOut('b', START + HOUR_MS);
    await it.look(START + HOUR_MS + HOUR_MS / 2);
    expect(removed).toEqual(['a', 'c']);
  });

  test('under pressure removes all that may go, but not what a pod was just given', async () => {
    const it = afterUse();
    it.handOut('c', START + HOUR_MS);
    failing = 'a';
    await expect(it.removeUnused(START + HOUR_MS)).rejects.toThrow(
      'freed 10 bytes, with errors in image deletion: [image a',
    );
    expect(removed).toEqual(['b']);
  });

  test('remembers across restarts which images are its own', async () => {
    afterUse();
    await collector().removeUnused(START + HOUR_MS);
    expect(removed).toEqual(['a', 'b', 'c']);
    expect(records().get('a')).toBeDefined();
    await collector().removeUnused(START + HOUR_MS);
    expect(records().get('a')).toBeUndefined();
  });
});
