import { EC2Client } from '@aws-sdk/client-ec2';
import { sourceClient, sourceIsElsewhere } from './source-place';

export const ec2 = new EC2Client({});

/** For one call per clone of a fleet: slows itself down to what EC2's token buckets give, instead of failing. */
export const patientEc2 = new EC2Client({ retryMode: 'adaptive', maxAttempts: 8 });

/** For what is the source's: itself, its volumes, the snapshots of them. */
export const sourceEc2 = sourceIsElsewhere ? new EC2Client(sourceClient) : ec2;
