import { DOCKER_NEEDS, findProgram, installMissing, missingNeeds } from './host-packages';

describe('missingNeeds()', () => {
  test('is empty when every program is found', () => {
    expect(missingNeeds(DOCKER_NEEDS, (name) => `/usr/bin/${name}`)).toEqual([]);
  });
  test('names what is not found', () => {
    const missing = missingNeeds(DOCKER_NEEDS, (name) => (name === 'dockerd' ? undefined : name));
    expect(missing.map((need) => need.package)).toEqual(['docker.io']);
  });
});

describe('findProgram()', () => {
  test('finds a program outside PATH in the system folders', () => expect(findProgram('sh', '')).toMatch(/\/sh$/));
  test('does not find what is not there', () => expect(findProgram('no-such-program-here')).toBeUndefined());
});

describe('installMissing()', () => {
  const need = { program: 'no-such-program-here', package: 'no-such-package', why: 'test' };
  test('refuses with the command to run when installing is forbidden', async () => {
    const announced: string[] = [];
    await expect(installMissing([need], false, (text) => announced.push(text))).rejects.toThrow('--no-install forbids');
    expect(announced).toEqual([]);
  });
});
