import type { StoreEvent, WatchHandler } from '../../storage/store';
import { ConvertedWatch } from './converted-watch';

const put = (revision: number): StoreEvent => ({
  type: 'put',
  key: `/registry/core/configmaps/a/${revision}`,
  value: Buffer.from(String(revision)),
  created: true,
  revision,
});

function reader() {
  const seen: string[] = [];
  const handler: WatchHandler = {
    onEvent: ({ value }) => seen.push(value.toString()),
    onProgress: (revision) => seen.push(`progress ${revision}`),
    onEnd: (error) => seen.push(error.message),
  };
  return { seen, handler };
}

const doubled = (values: readonly Buffer[]) => values.map((value) => Buffer.from(`${value}${value}`));

describe('ConvertedWatch', () => {
  test('passes on at once what can be converted at once', () => {
    const { seen, handler } = reader();
    const watch = new ConvertedWatch(doubled, handler);
    watch.onEvent(put(1));
    watch.onProgress(1);
    expect(seen).toEqual(['11', 'progress 1']);
  });

  test('keeps the order while a conversion takes time, and asks about what came meanwhile together', async () => {
    const { seen, handler } = reader();
    const questions: number[] = [];
    const watch = new ConvertedWatch(async (values) => {
      questions.push(values.length);
      return doubled(values);
    }, handler);
    for (const revision of [1, 2, 3]) {
      watch.onEvent(put(revision));
      watch.onProgress(revision);
    }
    expect(seen).toEqual([]);
    await new Promise(setImmediate);
    expect(seen).toEqual(['11', 'progress 1', '22', 'progress 2', '33', 'progress 3']);
    expect(questions).toEqual([1, 2]);
  });

  test('ends with the reason when a conversion fails, and says nothing afterwards', async () => {
    const { seen, handler } = reader();
    let cancelled = 0;
    const watch = new ConvertedWatch(() => {
      throw new Error('no such version');
    }, handler);
    watch.begin({ cancel: () => cancelled++ });
    watch.onEvent(put(1));
    watch.onEvent(put(2));
    watch.onEnd(new Error('closed'));
    expect(seen).toEqual(['no such version']);
    expect(cancelled).toBe(1);
  });

  test('delivers nothing after it was cancelled', async () => {
    const { seen, handler } = reader();
    const watch = new ConvertedWatch(async (values) => doubled(values), handler);
    watch.onEvent(put(1));
    watch.cancel();
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
  });
});
