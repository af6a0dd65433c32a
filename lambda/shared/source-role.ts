import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { errorMessage, errorName } from './error-name';
import { SourceRoleNotAssumable } from './errors';

const sts = new STSClient({});

/** Credentials of the role in the source's account; the SDK keeps them until they expire. */
export async function takeOn(RoleArn: string) {
  try {
    const { Credentials } = await sts.send(new AssumeRoleCommand({
      RoleArn,
      ExternalId: process.env['SOURCE_EXTERNAL_ID'],
      // the source's account sees in its trail which step it was
      RoleSessionName: (process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'instance-mobility').slice(0, 64),
    }));
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '', SessionToken: sessionToken = '', Expiration: expiration = new Date() } = Credentials ?? {};
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  } catch (error) {
    if (!/^AccessDenied/.test(errorName(error))) throw error;
    throw new SourceRoleNotAssumable(`${RoleArn} can not be taken on: deploy CloneSourceAccess in account ${RoleArn.split(':')[4]} with this account as its`
      + ` "account" and this construct's "owner" (its external id is ${process.env['SOURCE_EXTERNAL_ID'] ?? 'missing'}), and give its role to`
      + ` CloneSource.inAccount. STS says: ${errorMessage(error)}`);
  }
}
