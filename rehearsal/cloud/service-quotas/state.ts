import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import type { Account } from '../account';
import { AwsError } from '../service';

interface Quota {
  readonly service: 'ec2' | 'ebs';
  readonly code: string;
  readonly name: string;
  readonly byDefault: number;
  readonly unit: string;
}

// Codes and defaults: EC2 user guide, "On-Demand Instance quotas" (its links carry the codes); EBS user guide, "Quotas for
// Amazon EBS", and listings of ListAWSDefaultServiceQuotas. Units are those of the quotas' names; what the API answers as
// Unit is unverified against AWS.
const known: readonly Quota[] = [
  vcpus('L-1216C47A', 'Standard (A, C, D, H, I, M, R, T, Z)', 5),
  vcpus('L-6E869C2A', 'DL', 0),
  vcpus('L-74FC7D96', 'F', 0),
  vcpus('L-DB2E81BA', 'G and VT', 0),
  vcpus('L-F7808C92', 'HPC', 0),
  vcpus('L-43DA4232', 'High Memory', 0),
  vcpus('L-1945791B', 'Inf', 0),
  vcpus('L-417A185B', 'P', 0),
  vcpus('L-2C3B7624', 'Trn', 0),
  vcpus('L-7295265B', 'X', 0),
  ebs('L-309BACF6', 'Snapshots per Region', 100_000),
  ebs('L-39BD5252', 'Concurrent volume copies per Region', 5),
  storage('L-D18FCD1D', 'General Purpose SSD (gp2)', 50),
  storage('L-7A658B76', 'General Purpose SSD (gp3)', 50),
  storage('L-FD252861', 'Provisioned IOPS SSD (io1)', 50),
  storage('L-09BD8365', 'Provisioned IOPS SSD (io2)', 20),
  storage('L-9CF3C2EB', 'Magnetic (standard)', 50),
  storage('L-82ACEF56', 'Throughput Optimized HDD (st1)', 50),
  storage('L-17AF77E8', 'Cold HDD (sc1)', 50),
  ebs('L-B3A130E6', 'IOPS for Provisioned IOPS SSD (io1) volumes', 300_000),
  ebs('L-8D977E7E', 'IOPS for Provisioned IOPS SSD (io2) volumes', 100_000),
];

function vcpus(code: string, family: string, byDefault: number): Quota {
  return { service: 'ec2', code, name: `Running On-Demand ${family} instances`, byDefault, unit: 'None' };
}

function ebs(code: string, name: string, byDefault: number): Quota {
  return { service: 'ebs', code, name, byDefault, unit: 'None' };
}

function storage(code: string, type: string, byDefault: number): Quota {
  return ebs(code, `Storage for ${type} volumes, in TiB`, byDefault);
}

const serviceNames = { ec2: 'Amazon Elastic Compute Cloud (Amazon EC2)', ebs: 'Amazon Elastic Block Store (Amazon EBS)' };

/** The quotas of the account that matter to those who make instances and volumes. */
export class Quotas {
  private readonly applied = new Map<string, number>();

  constructor(private readonly account: Account) {
    // an account that is in use: five vCPUs would stop the smallest rehearsal (256 is the user guide's own example)
    this.set('L-1216C47A', 256);
  }

  /** Grants an account another value than AWS's default. */
  set(code: string, value: number): void {
    if (!known.some(quota => quota.code === code)) throw new Error(`no such quota: ${code}`);
    this.applied.set(code, value);
  }

  /** What the account has: the applied value, else AWS's default. */
  value(code: string): number {
    const quota = known.find(each => each.code === code);
    if (!quota) throw new Error(`no such quota: ${code}`);
    return this.applied.get(code) ?? quota.byDefault;
  }

  /** The quotas of a service as the API tells them. */
  list(service: string, { defaults = false } = {}): ServiceQuota[] {
    if (service !== 'ec2' && service !== 'ebs') {
      throw new AwsError('NoSuchResourceException', `The service with the code ${service} does not exist in the rehearsal.`);
    }
    return known.filter(quota => quota.service === service).map(quota => ({
      ServiceCode: service,
      ServiceName: serviceNames[service],
      QuotaArn: defaults
        ? `arn:${this.account.partition}:servicequotas:${this.account.region}::${service}/${quota.code}`
        : this.account.arn('servicequotas', `${service}/${quota.code}`),
      QuotaCode: quota.code,
      QuotaName: quota.name,
      Value: defaults ? quota.byDefault : this.value(quota.code),
      Unit: quota.unit,
      Adjustable: true,
      GlobalQuota: false,
      ...(!defaults && { QuotaAppliedAtLevel: 'ACCOUNT' as const }),
    }));
  }
}
