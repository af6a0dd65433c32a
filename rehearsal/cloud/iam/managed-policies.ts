import type { JsonObject } from '../../json';

/**
 * AWS's policy for instances that take snapshots by VSS (AWS managed policy reference; EC2 user guide, "vss-iam-reqs"), without what it grants for
 * images ("Use case: Snapshot only").
 */
const vssSnapshots: JsonObject = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'DescribeInstanceInfo', Effect: 'Allow', Action: 'ec2:DescribeInstanceAttribute', Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: { ArnLike: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/${ec2:InstanceId}' } },
    },
    {
      Sid: 'CreateSnapshotsWithTag', Effect: 'Allow', Action: 'ec2:CreateSnapshots', Resource: 'arn:aws:ec2:*:*:snapshot/*',
      Condition: { StringLike: { 'aws:RequestTag/AwsVssConfig': '*' } },
    },
    {
      Sid: 'CreateSnapshotsAccessInstance', Effect: 'Allow', Action: 'ec2:CreateSnapshots', Resource: 'arn:aws:ec2:*:*:instance/*',
      Condition: { ArnLike: { 'ec2:SourceInstanceARN': 'arn:aws:ec2:*:*:instance/${ec2:InstanceId}' } },
    },
    { Sid: 'CreateSnapshotsAccessVolume', Effect: 'Allow', Action: 'ec2:CreateSnapshots', Resource: 'arn:aws:ec2:*:*:volume/*' },
    {
      Sid: 'CreateTagsOnResourceCreation', Effect: 'Allow', Action: 'ec2:CreateTags', Resource: 'arn:aws:ec2:*:*:snapshot/*',
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshots' } },
    },
    {
      Sid: 'CreateTagsAfterResourceCreation', Effect: 'Allow', Action: 'ec2:CreateTags', Resource: 'arn:aws:ec2:*:*:snapshot/*',
      Condition: { 'StringLike': { 'ec2:ResourceTag/AwsVssConfig': '*' }, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['AppConsistent', 'Device'] } },
    },
    { Sid: 'DescribeImagesAndSnapshots', Effect: 'Allow', Action: 'ec2:DescribeSnapshots', Resource: '*' },
  ],
};

export const managedPolicies = { AWSEC2VssSnapshotPolicy: vssSnapshots };
