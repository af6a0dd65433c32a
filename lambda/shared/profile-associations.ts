import { type IamInstanceProfileAssociation, paginateDescribeIamInstanceProfileAssociations } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';

/** A filter takes so many values. */
const IDS_PER_CALL = 200;

/** The instance profiles of instances, those that are just being taken away left out. */
export async function profileAssociations(instanceIds: readonly string[]): Promise<IamInstanceProfileAssociation[]> {
  const found: IamInstanceProfileAssociation[] = [];
  for (let index = 0; index < instanceIds.length; index += IDS_PER_CALL) {
    const Filters = [{ Name: 'instance-id', Values: instanceIds.slice(index, index + IDS_PER_CALL) }];
    for await (const page of paginateDescribeIamInstanceProfileAssociations({ client: ec2, pageSize: 100 }, { Filters })) {
      found.push(...page.IamInstanceProfileAssociations ?? []);
    }
  }
  return found.filter(({ State }) => State === 'associated' || State === 'associating');
}
