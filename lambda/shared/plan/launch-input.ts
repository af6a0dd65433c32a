import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';

/** The input of RunInstances, but for what is known only then (image, snapshots, execution), is a secret (user data), or is never asked for. */
export type Launch = Omit<RunInstancesCommandInput,
  'ImageId' | 'UserData' | 'ClientToken' | 'MinCount' | 'MaxCount' | 'DryRun' | 'InstanceMarketOptions' | 'SecondaryInterfaces'>;
