import { redirectionStory } from '../../lambda/cut-over/await-redirection';
import { EXECUTION } from './support/fixtures';
import { hosts } from './support/replication';

test('who is asked to redirect is told what becomes of the workload otherwise', () => {
  const { source, target } = hosts();
  const story = (fallsBack: boolean): string => redirectionStory(source, target, fallsBack, EXECUTION).join('\n');
  expect(story(false)).toContain('keeps both instances');
  expect(story(true)).toMatch(/falls back.*onFailure/);
  expect(story(true)).not.toContain('keeps both');
});
