import type {
  GetAWSDefaultServiceQuotaCommandInput, GetServiceQuotaCommandInput, ListServiceQuotasCommandInput, ServiceQuota,
} from '@aws-sdk/client-service-quotas';
import type { Need } from '../../iam/need';
import type { Account } from '../account';
import { paginate } from '../paginate';
import { AwsError, type Call, type Service } from '../service';

/** Service Quotas, as far as it is read. */
export const service: Service = {
  id: 'SERVICE_QUOTAS',
  operations: {
    GetServiceQuota: ({ ServiceCode, QuotaCode }: GetServiceQuotaCommandInput, { account }: Call) =>
      ({ Quota: find(account.quotas.list(ServiceCode!), QuotaCode!) }),
    GetAWSDefaultServiceQuota: ({ ServiceCode, QuotaCode }: GetAWSDefaultServiceQuotaCommandInput, { account }: Call) =>
      ({ Quota: find(account.quotas.list(ServiceCode!, { defaults: true }), QuotaCode!) }),
    ListServiceQuotas: listServiceQuotas,
  },
  // Service Authorization Reference, "Actions, resources, and condition keys for Service Quotas": GetServiceQuota on quota,
  // with the key servicequotas:service; the others know no resources
  needs: {
    GetServiceQuota: ({ ServiceCode = '', QuotaCode = '' }: GetServiceQuotaCommandInput, account: Account): Need[] => [{
      action: 'servicequotas:GetServiceQuota',
      resource: account.arn('servicequotas', `${ServiceCode}/${QuotaCode}`),
      context: { 'servicequotas:service': ServiceCode },
    }],
    GetAWSDefaultServiceQuota: () => [{ action: 'servicequotas:GetAWSDefaultServiceQuota', resource: '*' }],
    ListServiceQuotas: () => [{ action: 'servicequotas:ListServiceQuotas', resource: '*' }],
  },
};

function listServiceQuotas({ ServiceCode, QuotaCode, MaxResults, NextToken }: ListServiceQuotasCommandInput, { account }: Call): object {
  const quotas = account.quotas.list(ServiceCode!).filter(quota => QuotaCode === undefined || quota.QuotaCode === QuotaCode);
  const { page, NextToken: next } = paginate(quotas, quota => quota.QuotaCode!, {
    MaxResults: MaxResults ?? 100, ...(NextToken !== undefined && { NextToken }),
  }, { least: 1, most: 100 });
  return { Quotas: page, NextToken: next };
}

function find(quotas: readonly ServiceQuota[], code: string): ServiceQuota {
  const quota = quotas.find(({ QuotaCode }) => QuotaCode === code);
  if (!quota) throw new AwsError('NoSuchResourceException', `The request failed because the specified quota ${code} does not exist.`);
  return quota;
}
