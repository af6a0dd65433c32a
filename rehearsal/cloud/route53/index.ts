import type { ChangeResourceRecordSetsRequest } from '@aws-sdk/client-route-53';
import type { Need } from '../../iam/need';
import type { Account } from '../account';
import type { Service } from '../service';
import { changeResourceRecordSets, getChange, listResourceRecordSets } from './operations';
import { normalized } from './state';

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon Route 53". ARNs name neither Region nor account.

/** Resource types `hostedzone*` and `change*`. */
function arnOf({ partition }: Account, type: 'hostedzone' | 'change', id = ''): string {
  return `arn:${partition}:route53:::${type}/${id.replace(/^\/\w+\//, '')}`;
}

/** Three condition keys tell what is to be changed, each with all values of the batch; names are in lower case and without their final dot. */
function changeNeeds({ HostedZoneId, ChangeBatch }: ChangeResourceRecordSetsRequest, account: Account): Need[] {
  const changes = ChangeBatch?.Changes ?? [];
  const unique = (values: readonly (string | undefined)[]) => [...new Set(values.filter(value => value !== undefined))];
  return [{
    action: 'route53:ChangeResourceRecordSets', resource: arnOf(account, 'hostedzone', HostedZoneId),
    context: {
      'route53:ChangeResourceRecordSetsActions': unique(changes.map(each => each.Action)),
      'route53:ChangeResourceRecordSetsRecordTypes': unique(changes.map(each => each.ResourceRecordSet?.Type)),
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': unique(changes.map(each => each.ResourceRecordSet?.Name && normalized(each.ResourceRecordSet.Name).slice(0, -1))),
    },
  }];
}

/** Route 53, as far as changing records goes. */
export const service: Service = {
  id: 'ROUTE_53',
  operations: {
    ChangeResourceRecordSets: changeResourceRecordSets,
    GetChange: getChange,
    ListResourceRecordSets: listResourceRecordSets,
  },
  needs: {
    ChangeResourceRecordSets: changeNeeds,
    GetChange: ({ Id }: { Id?: string }, account) => [{ action: 'route53:GetChange', resource: arnOf(account, 'change', Id) }],
    ListResourceRecordSets: ({ HostedZoneId }: { HostedZoneId?: string }, account) =>
      [{ action: 'route53:ListResourceRecordSets', resource: arnOf(account, 'hostedzone', HostedZoneId) }],
  },
};
