import { deadlineMs } from './request-deadline';

const of = (query: string) => deadlineMs(new URLSearchParams(query));

test.each([
  ['', 60_000],
  ['timeout=', 60_000],
  ['timeout=0', 60_000],
  ['timeout=0s', 60_000],
  ['timeout=32s', 32_000],
  ['timeout=1.5s', 1_500],
  ['timeout=250ms', 250],
  ['timeout=1s500ms', 1_500],
  ['timeout=2h', 60_000],
])('deadlineMs(%p) is %p', (query, expected) => {
  expect(of(query)).toBe(expected);
});

test.each(['soon', '10', '-5s', '5 s', 's'])('deadlineMs() refuses timeout=%p', (text) => {
  expect(() => of(`timeout=${encodeURIComponent(text)}`)).toThrow(
    `invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`,
  );
});
