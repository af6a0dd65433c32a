import { EC2Client } from '@aws-sdk/client-ec2';

export const ec2 = new EC2Client({});

/** For one call per clone of a fleet: slows itself down to what EC2's token buckets give, instead of failing. */
export const patientEc2 = new EC2Client({ retryMode: 'adaptive', maxAttempts: 8 });
