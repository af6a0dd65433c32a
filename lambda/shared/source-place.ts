import type { EC2ClientConfig } from '@aws-sdk/client-ec2';

/** Where the source is, if that is another Region than the function's. */
export const sourceRegion = process.env['SOURCE_REGION'] ?? null;

const roleArn = process.env['SOURCE_ROLE'] ?? null;

/** Whose the source is, if that is another account than the function's. */
export const sourceAccount = roleArn?.split(':')[4] ?? null;

export const sourceIsElsewhere = sourceRegion !== null || sourceAccount !== null;

/** In words, for messages; empty where the source is here. */
export const sourcePlace = [sourceRegion, sourceAccount === null ? null : `account ${sourceAccount}`].filter(part => part !== null).join(' of ');

/** For clients of what is the source's. */
export const sourceClient: Pick<EC2ClientConfig, 'region' | 'credentials'> = {
  ...sourceRegion === null ? {} : { region: sourceRegion },
  // loaded where it is needed: hardly any function is in another account than its source
  ...roleArn === null ? {} : { credentials: async () => (await import('./source-role.js')).takeOn(roleArn) },
};
