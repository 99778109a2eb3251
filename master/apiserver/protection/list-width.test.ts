/**
 * What lists cost, by what they ask for.
 */
import { parseRequestInfo } from '../request-info';
import { maxSeatsOfRequest, seatsOfList } from './list-width';

const PODS = '/api/v1/pods';

test.each([
  ['', 0, 1],
  ['', 100, 1],
  ['', 101, 2],
  ['', 450, 5],
  ['', 100_000, 10],
  ['?limit=500', 450, 5],
  ['?limit=10&resourceVersion=0', 450, 5],
  ['?labelSelector=app%3Dx', 450, 5],
  ['?fieldSelector=metadata.name%3Dx', 100_000, 1],
  ['?limit=100&continue=x', 450, 2],
  ['?limit=100&continue=x&labelSelector=a', 450, 6],
  ['?limit=100&resourceVersion=7', 450, 2],
  ['?resourceVersion=7', 450, 5],
  ['?resourceVersion=7&resourceVersionMatch=Exact', 450, 9],
  ['?resourceVersion=7&resourceVersionMatch=NotOlderThan', 450, 5],
  ['?limit=x&continue=x', 60, 2],
])('seatsOfList(%p) of %i stored objects is %i', (query, stored, seats) => {
  expect(seatsOfList(parseRequestInfo('GET', PODS + query), stored, 10)).toBe(seats);
});

test.each([
  [5, 6, 1],
  [10, 6, 1],
  [15, 6, 2],
  [20, 6, 3],
  [35, 6, 5],
  [10, 1, 2],
  [100, 20, 5],
  [200, 6, 10],
  [49, undefined, 10],
])('maxSeatsOfRequest() of a level with %i seats and hands of %p is %i', (seats, handSize, expected) => {
  expect(maxSeatsOfRequest(seats, handSize)).toBe(expected);
});
