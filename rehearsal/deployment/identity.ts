import { createHash } from 'node:crypto';
import type { Account } from '../cloud/account';
import type { JsonObject } from '../json';
import { type Resource, UnknownTemplate } from '../template';
import type { Identity } from './intrinsics';

/** What an identity is made from: the properties that name a resource, resolved. */
interface Naming {
  readonly account: Account;
  /** The given name, or one as CloudFormation makes it. */
  readonly name: string;
  /** Hexadecimal digits, always the same for the same resource. */
  readonly hex: (digits: number) => string;
  readonly properties: JsonObject;
}

type Identify = (naming: Naming) => Identity;

interface Kind {
  /** The property that may give the name. */
  readonly nameProperty?: string;
  /** The longest name that CloudFormation makes. */
  readonly longest?: number;
  /** Properties that are part of the identity and must be resolved for it. */
  readonly needs?: readonly string[];
  readonly identify: Identify;
}

/** Types whose `Ref` is their name, and whose ARN has it at its end. */
const named = (nameProperty: string, longest: number, service: string, resource: (name: string) => string): Kind => ({
  nameProperty, longest, identify: ({ account, name }) => ({ ref: name, attributes: { Arn: account.arn(service, resource(name)) } }),
});

const iamArn = ({ account, name, properties }: Naming, type: string) =>
  account.iam.arn(`${type}${String(properties.Path ?? '/')}${name}`);

/** Resources that apps bring along, which the rehearsal only gives an id: `Ref` and the attribute of the id. */
const fixture = (prefix: string, ...attributes: string[]): Kind => ({
  identify: ({ hex }) => {
    const id = `${prefix}-${hex(17)}`;
    return { ref: id, attributes: Object.fromEntries(attributes.map(attribute => [attribute, id])) };
  },
});

/** `Ref` and `Fn::GetAtt` of each resource type, from the "Return values" of its page in the CloudFormation template reference. */
const KINDS: Readonly<Record<string, Kind>> = {
  'AWS::IAM::Role': {
    nameProperty: 'RoleName', longest: 64, needs: ['Path'],
    identify: naming => ({ ref: naming.name, attributes: { Arn: iamArn(naming, 'role'), RoleId: `AROA${naming.hex(17).toUpperCase()}` } }),
  },
  'AWS::IAM::InstanceProfile': {
    nameProperty: 'InstanceProfileName', longest: 128, needs: ['Path'],
    identify: naming => ({ ref: naming.name, attributes: { Arn: iamArn(naming, 'instance-profile') } }),
  },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName', longest: 128, needs: ['Path'],
    identify: naming => ({ ref: iamArn(naming, 'policy'), attributes: { PolicyArn: iamArn(naming, 'policy') } }),
  },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName', longest: 128, identify: ({ name }) => ({ ref: name, attributes: { Id: name } }) },
  'AWS::Lambda::Function': named('FunctionName', 64, 'lambda', name => `function:${name}`),
  'AWS::Lambda::Permission': { identify: ({ name }) => ({ ref: name, attributes: { Id: name } }) },
  'AWS::StepFunctions::StateMachine': {
    nameProperty: 'StateMachineName', longest: 80,
    identify: ({ account, name }) => {
      const arn = account.arn('states', `stateMachine:${name}`);
      return { ref: arn, attributes: { Arn: arn, Name: name } };
    },
  },
  'AWS::DynamoDB::Table': named('TableName', 255, 'dynamodb', name => `table/${name}`),
  'AWS::DynamoDB::GlobalTable': named('TableName', 255, 'dynamodb', name => `table/${name}`),
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName', longest: 256,
    identify: ({ account, name }) => ({ ref: account.arn('sns', name), attributes: { TopicArn: account.arn('sns', name), TopicName: name } }),
  },
  'AWS::SNS::TopicPolicy': { identify: ({ name }) => ({ ref: name, attributes: { Id: name } }) },
  'AWS::SNS::Subscription': { identify: ({ account, name, hex }) => ({ ref: `${account.arn('sns', name)}:${hex(32)}`, attributes: {} }) },
  'AWS::SSM::Document': { nameProperty: 'Name', longest: 128, identify: ({ name }) => ({ ref: name, attributes: {} }) },
  'AWS::Events::Rule': named('Name', 64, 'events', name => `rule/${name}`),
  'AWS::Scheduler::ScheduleGroup': named('Name', 64, 'scheduler', name => `schedule-group/${name}`),
  'AWS::Logs::LogGroup': named('LogGroupName', 512, 'logs', name => `log-group:${name}:*`),
  'AWS::CloudWatch::Alarm': named('AlarmName', 255, 'cloudwatch', name => `alarm:${name}`),
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName', longest: 63,
    identify: ({ account, name }) => ({ ref: name.toLowerCase(), attributes: { Arn: account.s3.arn(name.toLowerCase()) } }),
  },
  'AWS::S3::BucketPolicy': { identify: ({ name }) => ({ ref: name, attributes: { Id: name } }) },
  'AWS::KMS::Key': {
    identify: ({ account, hex }) => {
      const id = `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
      return { ref: id, attributes: { Arn: account.arn('kms', `key/${id}`), KeyId: id } };
    },
  },
  'AWS::KMS::Alias': { nameProperty: 'AliasName', longest: 256, identify: ({ name }) => ({ ref: name, attributes: {} }) },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName', longest: 80,
    identify: ({ account, name }) => {
      const url = `https://sqs.${account.region}.${account.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}/${account.accountId}/${name}`;
      return { ref: url, attributes: { Arn: account.arn('sqs', name), QueueName: name, QueueUrl: url } };
    },
  },
  'AWS::SQS::QueuePolicy': { identify: ({ name }) => ({ ref: name, attributes: { Id: name } }) },
  'AWS::EC2::VPC': fixture('vpc', 'VpcId'),
  'AWS::EC2::Subnet': fixture('subnet', 'SubnetId'),
  'AWS::EC2::SecurityGroup': fixture('sg', 'GroupId', 'Id'),
  'AWS::EC2::SecurityGroupIngress': fixture('sgr', 'Id'),
  'AWS::EC2::InternetGateway': fixture('igw', 'InternetGatewayId'),
  'AWS::EC2::VPCGatewayAttachment': fixture('IGW'),
  'AWS::EC2::RouteTable': fixture('rtb', 'RouteTableId'),
  'AWS::EC2::Route': fixture('route'),
  'AWS::EC2::SubnetRouteTableAssociation': fixture('rtbassoc', 'Id'),
  'AWS::EC2::Instance': fixture('i', 'InstanceId'),
  'AWS::EC2::Volume': fixture('vol', 'VolumeId'),
};

/**
 * Gives a resource the names that it will have. Names are made up from stack and logical id, so that two rehearsals of one
 * template speak of the same resources; where CloudFormation appends random characters, these follow from both as well.
 */
export function identify(account: Account, stack: string, resource: Resource, resolve: (properties: JsonObject) => JsonObject): Identity {
  const kind = KINDS[resource.type];
  if (!kind) throw new UnknownTemplate(stack, `the rehearsal does not know resources of type ${resource.type} (${resource.logicalId})`);
  const wanted = [kind.nameProperty, ...kind.needs ?? []].filter(name => name !== undefined && name in resource.properties) as string[];
  const properties = resolve(Object.fromEntries(wanted.map(name => [name, resource.properties[name]!])));
  const given = kind.nameProperty === undefined ? undefined : properties[kind.nameProperty];
  const digest = createHash('sha256').update(`${stack}/${resource.logicalId}`).digest('hex');
  return kind.identify({
    account,
    name: given === undefined ? inventedName(stack, resource.logicalId, digest, kind.longest ?? 255) : String(given),
    hex: digits => digest.slice(0, digits),
    properties,
  });
}

/** `Stack-LogicalId-RANDOM`, both parts cut where the type's names must be shorter. */
function inventedName(stack: string, logicalId: string, digest: string, longest: number): string {
  const suffix = BigInt(`0x${digest}`).toString(36).toUpperCase().slice(0, 12);
  const room = longest - suffix.length - 2;
  const shorterStack = stack.slice(0, Math.max(room - logicalId.length, Math.floor(room / 2)));
  return `${shorterStack}-${logicalId.slice(0, room - shorterStack.length)}-${suffix}`;
}

export function isKnown(type: string): boolean {
  return Object.hasOwn(KINDS, type);
}
