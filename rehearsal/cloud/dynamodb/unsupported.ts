import { AwsError } from '../service';

// Parameters of the time before expressions, and those whose answers the rehearsal does not compute.
const refused = [
  'Expected', 'ConditionalOperator', 'AttributeUpdates', 'AttributesToGet', 'KeyConditions', 'QueryFilter', 'ReturnItemCollectionMetrics',
  'ReturnConsumedCapacity',
];

export function refuseUnsupported(input: object): void {
  for (const [name, value] of Object.entries(input)) {
    if (refused.includes(name) && value !== undefined && value !== 'NONE') {
      throw new AwsError('NotEmulated', `the rehearsal's DynamoDB knows no ${name}`, 501);
    }
  }
}
