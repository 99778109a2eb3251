import type { Summary } from '../../../helper/api/metrics/summary';
import { UsageBook } from './usage-book';

/** A kubelet whose node uses one core all the time, and the book over it. */
function build() {
  const state = { now: 1_000_000, asked: 0, isSilent: false };
  const summaryNow = async (): Promise<Summary> => {
    state.asked += 1;
    if (state.isSilent) throw new Error('connection refused');
    // The kubelet's clock goes on between two questions.
    state.now += 1;
    const time = new Date(state.now).toISOString();
    const cpu = { time, usageCoreNanoSeconds: state.now * 1e6 };
    return { node: { cpu, memory: { time, workingSetBytes: 1024 } } as Summary['node'], pods: [] };
  };
  const limits = { freshMs: 10_000, keptMs: 60_000, firstWindowMs: 0 };
  return { state, book: new UsageBook(summaryNow, limits, () => state.now) };
}

test('UsageBook asks twice at first, gives the answer again while it is fresh, and then asks once', async () => {
  const { state, book } = build();
  expect((await book.usageOf('n'))?.node?.usage).toEqual({ cpu: '1', memory: '1Ki' });
  expect(state.asked).toBe(2);
  state.now += 5_000;
  await book.usageOf('n');
  expect(state.asked).toBe(2);
  state.now += 10_000;
  expect((await book.usageOf('n'))?.node?.windowMs).toBe(15_001);
  expect(state.asked).toBe(3);
});

test('UsageBook forgets a summary that is too old for a rate', async () => {
  const { state, book } = build();
  await book.usageOf('n');
  state.now += 61_000;
  expect((await book.usageOf('n'))?.node?.windowMs).toBe(1);
  expect(state.asked).toBe(4);
});

test('UsageBook shares one question among all who ask at once', async () => {
  const { state, book } = build();
  const [one, other] = await Promise.all([book.usageOf('n'), book.usageOf('n')]);
  expect(one).toBe(other);
  expect(state.asked).toBe(2);
});

test('UsageBook has nothing of a silent kubelet, and lets it rest before asking again', async () => {
  const { state, book } = build();
  state.isSilent = true;
  expect(await book.usageOf('n')).toBeUndefined();
  expect(await book.usageOf('n')).toBeUndefined();
  expect(state.asked).toBe(1);
  state.isSilent = false;
  state.now += 10_000;
  expect(await book.usageOf('n')).toBeDefined();
});
