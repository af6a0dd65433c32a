import { service as autoScaling } from './auto-scaling';
import { service as cloudwatch } from './cloudwatch';
import { service as dynamodb } from './dynamodb';
import { service as ebs } from './ebs';
import { service as ec2 } from './ec2';
import { service as elbv2 } from './elbv2';
import { service as iam } from './iam';
import { service as route53 } from './route53';
import { service as s3 } from './s3';
import { service as scheduler } from './scheduler';
import type { Service } from './service';
import { service as quotas } from './service-quotas';
import { service as sns } from './sns';
import { service as ssm } from './ssm';
import { service as states } from './states';
import { service as sts } from './sts';

/** The services of the account, by their ids. */
export const services: Readonly<Record<string, Service>> = Object.fromEntries(
  [autoScaling, cloudwatch, dynamodb, ebs, ec2, elbv2, iam, quotas, route53, s3, scheduler, sns, ssm, states, sts].map(service => [service.id, service]));
