import { identityFrom } from './image-users';

const files = {
  passwd: 'root:x:0:0::/:/bin/sh\nbob:x:1000:100::/:/bin/sh\n',
  group: 'root:x:0:\nbig:x:50000:bob,eve\n',
};

test.each([
  [
    'names the primary group of a user, so that no others come along',
    { user: '1000', hasStrictGroups: true },
    '1000:100',
    [7],
  ],
  ['knows a user by name', { user: 'bob', hasStrictGroups: true }, 'bob:100', [7]],
  ['takes group 0 for a user the image does not know', { user: '4711', hasStrictGroups: true }, '4711:0', [7]],
  ['adds the groups of the image to a named group', { user: '1000:3000' }, '1000:3000', [7, 50000]],
  ['adds none for a user without any', { user: '0:3000' }, '0:3000', [7]],
])('identityFrom() %s', (_, wish, user, supplementalGroups) => {
  expect(identityFrom({ supplementalGroups: [7], ...wish }, files)).toEqual({ user, supplementalGroups });
});

test("identityFrom() takes the image's own user when none is named", () => {
  const passwd = `image:bob\n${files.passwd}`;
  const wish = { supplementalGroups: [], hasStrictGroups: true };
  expect(identityFrom(wish, { ...files, passwd })).toEqual({ user: 'bob:100', supplementalGroups: [] });
});
