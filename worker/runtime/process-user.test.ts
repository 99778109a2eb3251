import { parseProcessUser, readProcessUser } from './process-user';

test('parseProcessUser() takes the effective ids, and the primary group among the groups', () => {
  const text = 'Name:\tsh\nUid:\t1000\t1001\t1000\t1000\nGid:\t0\t2002\t0\t0\nGroups:\t5678 1234 2002 \n';
  expect(parseProcessUser(text)).toEqual({ uid: 1001, gid: 2002, supplementalGroups: [1234, 2002, 5678] });
  expect(parseProcessUser('Uid:\t0\t0\nGid:\t0\t0\nGroups:\t \n')).toEqual({ uid: 0, gid: 0, supplementalGroups: [0] });
  expect(parseProcessUser('Name:\tsh\n')).toBeUndefined();
});

test('readProcessUser() of a process that is gone is undefined', () => {
  expect(readProcessUser(2 ** 22 + 1)).toBeUndefined();
});
