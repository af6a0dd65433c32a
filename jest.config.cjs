/** Tests compile one file at a time; `npm run typecheck` checks their types. */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/dataplane/'],
  // sources first: jsii compiles lib in place, and a stale lib/*.js must not be what is tested
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  // one less than there are cores, jest's default, leaves half of a small machine idle
  maxWorkers: '100%',
  // a rehearsal takes a second, and more on a machine that is busy: what hangs ends here
  testTimeout: 120_000,
  globalSetup: '<rootDir>/test/support/setup.ts',
  globalTeardown: '<rootDir>/test/support/teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '<rootDir>/.cache/mutations/'],
};
