/** The scenarios with real kernels: test/dataplane/README.md. One after the other, unless a computer has time left for more. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- jest reads its configuration as CommonJS
const { moduleFileExtensions, transform, modulePathIgnorePatterns } = require('./jest.config.cjs');

const common = { moduleFileExtensions, transform, modulePathIgnorePatterns };
/** What guards every push (.ci/run): the rest takes too long for that. */
const subset = ['lab/lab', 'scenarios/happy-path'];

module.exports = {
  maxWorkers: 1,
  projects: [
    { ...common, displayName: 'subset', testMatch: subset.map(name => `<rootDir>/test/dataplane/${name}.test.ts`) },
    {
      ...common, displayName: 'rest', testMatch: ['<rootDir>/test/dataplane/**/*.test.ts'],
      testPathIgnorePatterns: subset.map(name => `<rootDir>/test/dataplane/${name}.test.ts`),
    },
  ],
};
