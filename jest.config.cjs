// Three suites: unit tests beside the code, integration over a real api-server in this process, e2e over ./run.sh and real Docker.
const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
module.exports = {
  // A limit, not an expectation: machines that build and test at once are slow.
  testTimeout: 30_000,
  testSequencer: './test/longest-first.cjs',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{helper,master,worker,userland}/**/*.test.ts', '<rootDir>/test/*.test.ts'],
    },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/{e2e,chaos}/**/*.test.ts'] },
  ],
};
