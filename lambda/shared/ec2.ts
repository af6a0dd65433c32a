import { EC2Client } from '@aws-sdk/client-ec2';

export const ec2 = new EC2Client({});

/** For one call per clone of a fleet: slows itself down to what EC2's token buckets give, instead of failing. */
export const patientEc2 = new EC2Client({ retryMode: 'adaptive', maxAttempts: 8 });

/** Where the source is, if that is another Region than the function's. */
export const sourceRegion = process.env['SOURCE_REGION'] ?? null;

/** For what is the source's: itself, its volumes, the snapshots of them. */
export const sourceEc2 = sourceRegion === null ? ec2 : new EC2Client({ region: sourceRegion });
