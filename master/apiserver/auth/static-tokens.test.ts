/** Tokens in a file: which file, and what its lines mean. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDefaults } from '../../../helper/process/default-settings';
import { readStaticTokens, userOfStaticToken } from './static-tokens';

describe('readStaticTokens()', () => {
  const home = mkdtempSync(join(tmpdir(), 'minik8s-tokens-'));
  mkdirSync(join(home, 'pki'));
  afterAll(() => rmSync(home, { recursive: true }));

  const usual = join(home, 'pki', 'tokens.csv');
  const other = join(home, 'other.csv');
  const usersOf = (tokenAuthFile = '') => readStaticTokens(withDefaults({ home, tokenAuthFile }));
  beforeEach(() => {
    rmSync(usual, { force: true });
    writeFileSync(other, '# lesson 3\n\nsecret,ada,17,"students,readers"\nplain,bob,18\n');
  });

  test('knows nobody where no file is', () => {
    expect(usersOf().size).toBe(0);
  });

  test('reads the file it is told of, whatever else there is', () => {
    writeFileSync(usual, 'usual,eve,1\n');
    const users = usersOf(other);
    expect(userOfStaticToken(users, 'secret')).toMatchObject({
      name: 'ada',
      uid: '17',
      groups: expect.arrayContaining(['students', 'readers']),
    });
    expect(userOfStaticToken(users, 'plain')?.name).toBe('bob');
    expect(userOfStaticToken(users, 'usual')).toBeUndefined();
  });

  test('reads pki/tokens.csv where somebody put one', () => {
    writeFileSync(usual, 'usual,eve,1\n');
    expect(userOfStaticToken(usersOf(), 'usual')?.name).toBe('eve');
  });

  test('refuses a file that is not there, and a line without a user', () => {
    expect(() => usersOf(join(home, 'none.csv'))).toThrow('ENOENT');
    writeFileSync(other, 'a,b,1\nsecret\n');
    expect(() => usersOf(other)).toThrow('token file, line 2: expected token,user');
  });
});
