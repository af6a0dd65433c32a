import type { Account } from './cloud/account';
import { Lambda } from './functions/lambda';
import { PolicyGate } from './iam/gate';
import { readPolicy } from './iam/policy';
import { mayAssume } from './iam/resource-policy';
import { EventTargets, type Undelivered } from './deployment/event-targets';
import { identify } from './deployment/identity';
import { type Identity, Intrinsics } from './deployment/intrinsics';
import { LambdaTasks } from './deployment/lambda-task';
import { Machines } from './deployment/machines';
import { putSecurityGroup } from './deployment/security-groups';
import { bucketEncryption, functionConfiguration, machineConfiguration, onlyKnown, tableSpec, tagsOf } from './deployment/properties';
import { checkSize, type PolicyText, putRole } from './deployment/roles';
import { connectSchedules } from './deployment/schedule-targets';
import type { Json, JsonObject } from './json';
import { type Assembly, readNested, type Resource, type Stack, UnknownTemplate } from './template';

export interface DeploymentOptions {
  /** Values of the templates' parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Documents of managed policies that the app names but does not make, by ARN: permissions boundaries for instance. */
  readonly managedPolicies?: Readonly<Record<string, Json>>;
}

/** Something that lives in the account because a stack says so. */
interface Deployed {
  readonly stack: Stack;
  readonly resource: Resource;
  readonly properties: JsonObject;
  readonly identity: Identity;
}

const NESTED = 'AWS::CloudFormation::Stack';

/** What becomes of a stack and of those nested in it. */
interface Plan {
  readonly stack: Stack;
  readonly intrinsics: Intrinsics;
  readonly all: readonly Deployed[];
  readonly nested: ReadonlyMap<Deployed, Plan>;
}

/** In which order resources come into being; those of one line in the order of the template. */
const ORDER = [
  ['AWS::IAM::ManagedPolicy'], ['AWS::IAM::Role'], ['AWS::IAM::InstanceProfile'],
  ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable', 'AWS::SNS::Topic', 'AWS::SSM::Document', 'AWS::Scheduler::ScheduleGroup'], ['AWS::SNS::TopicPolicy'], [NESTED],
  ['AWS::Lambda::Function'], ['AWS::Lambda::Version'], ['AWS::Lambda::Alias'], ['AWS::Lambda::Permission'],
  ['AWS::StepFunctions::StateMachine'], ['AWS::Events::Rule'],
];

/** Stacks as CloudFormation would make them of an assembly, in the look-alike account. */
export class Deployment {
  readonly gate: PolicyGate;
  readonly lambda: Lambda;
  readonly machines: Machines;
  /** What lives in the account, by `stack/logicalId`. */
  readonly resources = new Map<string, Deployed>();

  private readonly eventTargets: EventTargets;
  private readonly identities = new Map<string, Identity>();
  private readonly exports = new Map<string, Json>();
  private readonly versionCounts = new Map<string, number>();
  private readonly managedPolicies = new Map<string, PolicyText>();

  constructor(private readonly account: Account, port: () => number, private readonly options: DeploymentOptions = {}) {
    this.gate = new PolicyGate(account.clock, account.accountId, account.region);
    this.lambda = new Lambda(account, port);
    const lambdaTasks = new LambdaTasks(account, this.lambda);
    this.machines = new Machines(account, lambdaTasks);
    this.eventTargets = new EventTargets(account, this.lambda, lambdaTasks);
    for (const [arn, document] of Object.entries(options.managedPolicies ?? {})) this.managedPolicies.set(arn, { document, source: document });
    account.gate = this.gate;
    connectSchedules(account);
  }

  /** Creates or updates the app's stacks; what a stack no longer has goes, unless it is retained. */
  deploy(assembly: Assembly): void {
    const kept = new Set<string>();
    for (const stack of assembly.stacks) {
      for (const key of this.deployStack(stack)) kept.add(key);
    }
    for (const [key, deployed] of [...this.resources]) {
      if (kept.has(key)) continue;
      this.resources.delete(key);
      if (!deployed.resource.retained) this.remove(deployed);
    }
  }

  /** The events that no target took. */
  get undelivered(): readonly Undelivered[] {
    return this.eventTargets.undelivered;
  }

  /** The physical name of a resource, by logical id or construct path: what `Ref` gives. */
  physicalId(wanted: string): string {
    const found = [...this.resources.values()].filter(({ resource }) => resource.logicalId === wanted || resource.path === wanted);
    if (found.length !== 1) throw new Error(`${found.length === 0 ? 'nothing' : 'more than one thing'} is called ${wanted}`);
    return found[0]!.identity.ref;
  }

  private deployStack(stack: Stack): string[] {
    return this.make(this.plan(stack, this.intrinsics(stack)));
  }

  /** Everything is resolved before anything is made, so that a refusal leaves the account as it was. */
  private plan(stack: Stack, intrinsics: Intrinsics): Plan {
    const present = stack.resources.filter(({ type, condition }) => type !== 'AWS::CDK::Metadata' && intrinsics.holds(condition));
    const all = present.map((resource): Deployed => {
      const identity = this.identify(stack, intrinsics, resource);
      return { stack, resource, identity, properties: intrinsics.object(resource.properties) };
    });
    const nested = all.filter(({ resource }) => resource.type === NESTED).map((deployed): [Deployed, Plan] => {
      const inner = this.nested(stack, intrinsics, deployed.resource);
      return [deployed, this.plan(inner.stack, inner.intrinsics)];
    });
    return { stack, intrinsics, all, nested: new Map(nested) };
  }

  private make({ stack, intrinsics, all, nested }: Plan): string[] {
    const types = ORDER.flat();
    const ordered = ORDER.flatMap(group => all.filter(({ resource }) => group.includes(resource.type)));
    const inner: string[] = [];
    for (const deployed of [...all.filter(({ resource }) => !types.includes(resource.type)), ...ordered]) {
      const within = nested.get(deployed);
      if (within) inner.push(...this.make(within));
      this.put(deployed, all);
      this.resources.set(keyOf(stack, deployed.resource), deployed);
    }
    this.publishOutputs(stack, intrinsics);
    return [...inner, ...all.map(({ resource }) => keyOf(stack, resource))];
  }

  /** A stack that is a resource of another: its template is an asset, its parameters are the resource's. */
  private nested(outer: Stack, intrinsics: Intrinsics, resource: Resource): { readonly stack: Stack; readonly intrinsics: Intrinsics } {
    onlyKnown(resource.path, resource.properties, 'TemplateURL', 'Parameters', 'Tags', 'TimeoutInMinutes', 'NotificationARNs');
    const { TemplateURL: url, Parameters: parameters = {} } = resource.properties;
    const key = String(intrinsics.resolve(url!)).split('/').at(-1)!;
    const stack = readNested(outer, resource, `${outer.name}-${resource.logicalId}`, key);
    const given = Object.entries(parameters as JsonObject).map(([name, value]) => [name, String(intrinsics.resolve(value))]);
    return { stack, intrinsics: this.intrinsics(stack, Object.fromEntries(given) as Record<string, string>) };
  }

  /** `Ref` is the stack's id; the attributes are what the template puts out. */
  private nestedIdentity(outer: Stack, intrinsics: Intrinsics, resource: Resource): Identity {
    const { stack, intrinsics: its } = this.nested(outer, intrinsics, resource);
    const outputs = Object.entries(stack.outputs).filter(([, { Condition: condition }]) => its.holds(condition as string | undefined));
    return {
      ref: String(its.resolve({ Ref: 'AWS::StackId' })),
      attributes: Object.fromEntries(outputs.map(([name, { Value: value }]) => [`Outputs.${name}`, String(its.resolve(value!))])),
    };
  }

  private put(deployed: Deployed, stack: readonly Deployed[]): void {
    const { resource: { type, path, logicalId }, properties, identity: { ref, attributes } } = deployed;
    const key = keyOf(deployed.stack, deployed.resource);
    const { account, lambda } = this;
    switch (type) {
      case 'AWS::IAM::ManagedPolicy':
        checkSize(path, 'managed', [properties.PolicyDocument!]);
        this.managedPolicies.set(ref, { document: properties.PolicyDocument!, source: deployed.resource.properties.PolicyDocument! });
        break;
      case 'AWS::IAM::Role': this.putRole(deployed, stack); break;
      case 'AWS::IAM::InstanceProfile': account.iam.addInstanceProfile(ref, (properties.Roles as string[])[0], properties.Path as string | undefined); break;
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable': if (!this.resources.has(key)) account.dynamodb.addTable(tableSpec(path, ref, properties)); break;
      case 'AWS::SNS::Topic': account.sns.addTopic(attributes.TopicName!, tagsOf(properties.Tags)); break;
      case 'AWS::SNS::TopicPolicy':
        for (const topic of properties.Topics as string[]) {
          this.eventTargets.topicPolicies.set(topic, readPolicy(path, properties.PolicyDocument, 'resource'));
        }
        break;
      case 'AWS::S3::Bucket': account.s3.addBucket(ref, bucketEncryption(account, properties)); break;
      case 'AWS::KMS::Key':
        if (!this.resources.has(key)) account.ec2.keys.create({ arn: attributes.Arn!, policy: readPolicy(path, properties.KeyPolicy, 'resource') });
        break;
      case 'AWS::EC2::SecurityGroup': putSecurityGroup(account, ref, path, properties); break;
      case 'AWS::Scheduler::ScheduleGroup': account.scheduler.addGroup(ref); break;
      case 'AWS::SSM::Document': this.putDocument(deployed); break;
      case 'AWS::Lambda::Function': this.putFunction(deployed); break;
      case 'AWS::Lambda::Version': lambda.publish(functionName(properties), attributes.Version!); break;
      case 'AWS::Lambda::Alias': lambda.alias(functionName(properties), String(properties.Name), String(properties.FunctionVersion)); break;
      case 'AWS::Lambda::Permission':
        onlyKnown(path, properties, 'Action', 'FunctionName', 'Principal', 'SourceArn', 'SourceAccount');
        lambda.permit(functionName(properties), ref, String(properties.Principal), properties.SourceArn as string | undefined);
        break;
      case 'AWS::StepFunctions::StateMachine': {
        const configuration = machineConfiguration(path, properties);
        this.checkTrust(configuration.roleArn, 'states', attributes.Arn!);
        this.machines.put({ ...configuration, arn: attributes.Arn!, name: attributes.Name!, path, logicalId });
        break;
      }
      case 'AWS::Events::Rule': this.eventTargets.putRule(ref, attributes.Arn!, path, properties); break;
      default: // named and kept, but nothing in the rehearsal acts on it
    }
  }

  /** A role with all policies of its stack that are attached to it. */
  private putRole({ resource, properties, identity }: Deployed, stack: readonly Deployed[]): void {
    const inline = ((properties.Policies ?? []) as { PolicyDocument: Json }[]).map(({ PolicyDocument }, index) =>
      ({ document: PolicyDocument, source: (resource.properties.Policies as { PolicyDocument: Json }[])[index]!.PolicyDocument }));
    const attached = (type: string) => stack
      .filter(other => other.resource.type === type && ((other.properties.Roles ?? []) as string[]).includes(identity.ref))
      .filter(({ properties: { PolicyDocument } }) => PolicyDocument !== undefined)
      .map(other => ({ document: other.properties.PolicyDocument!, source: other.resource.properties.PolicyDocument! }));
    putRole(this.account, this.gate, {
      name: identity.ref, arn: identity.attributes.Arn!, roleId: identity.attributes.RoleId!, label: resource.path,
      properties, policies: [...inline, ...attached('AWS::IAM::Policy')], attached: attached('AWS::IAM::ManagedPolicy'),
    }, this.managedPolicies);
  }

  private putDocument({ resource: { path }, properties, identity }: Deployed): void {
    onlyKnown(path, properties, 'Content', 'DocumentFormat', 'DocumentType', 'Name', 'Tags', 'TargetType', 'UpdateMethod');
    const { DocumentFormat: format = 'JSON', Content: content } = properties;
    if (format !== 'JSON') throw new UnknownTemplate(path, `the rehearsal reads documents in JSON only, not ${String(format)}`);
    this.account.ssm.putDocument(identity.ref, content as string | object, tagsOf(properties.Tags));
  }

  private putFunction({ stack, resource, properties, identity }: Deployed): void {
    const configuration = functionConfiguration(resource.path, identity.ref, properties, stack.assets);
    this.checkTrust(configuration.roleArn, 'lambda', identity.attributes.Arn!);
    this.lambda.put(identity.ref, configuration);
  }

  private remove({ resource: { type }, properties, identity: { ref, attributes } }: Deployed): void {
    switch (type) {
      case 'AWS::IAM::Role':
        this.gate.remove(attributes.Arn!);
        this.account.iam.roles.delete(ref);
        break;
      case 'AWS::Lambda::Function': this.lambda.remove(ref); break;
      case 'AWS::Lambda::Version': this.lambda.remove(functionName(properties), attributes.Version); break;
      case 'AWS::StepFunctions::StateMachine': this.machines.remove(ref); break;
      case 'AWS::SSM::Document': this.account.ssm.removeDocument(ref); break;
      case 'AWS::EC2::SecurityGroup': this.account.ec2.securityGroups.delete(ref); break;
      case 'AWS::Scheduler::ScheduleGroup': this.account.scheduler.removeGroup(ref); break;
      case 'AWS::Events::Rule': this.account.events.removeRule(ref); break;
      default: // tables and topics that a new template drops are left: nothing looks for their absence
    }
  }

  private identify(stack: Stack, intrinsics: Intrinsics, resource: Resource): Identity {
    // an update may bring other outputs
    if (resource.type === NESTED) return this.nestedIdentity(stack, intrinsics, resource);
    const key = keyOf(stack, resource);
    const known = this.identities.get(key);
    if (known) return known;
    const resolve = (value: JsonObject) => intrinsics.object(value);
    const identity = resource.type === 'AWS::Lambda::Version' ? this.nextVersion(resolve(resource.properties))
      : resource.type === 'AWS::Lambda::Alias' ? aliasIdentity(this.lambda, resolve(resource.properties))
        : identify(this.account, stack.name, resource, resolve);
    this.identities.set(key, identity);
    return identity;
  }

  /** Each version that a stack makes gets the function's next number, never one again. */
  private nextVersion(properties: JsonObject): Identity {
    const name = functionName(properties);
    const number = (this.versionCounts.get(name) ?? 0) + 1;
    this.versionCounts.set(name, number);
    const arn = this.lambda.arn(name, String(number));
    return { ref: arn, attributes: { Version: String(number), FunctionArn: arn } };
  }

  private intrinsics(stack: Stack, parameters = this.options.parameters ?? {}): Intrinsics {
    const { account } = this;
    const suffix = account.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    const intrinsics: Intrinsics = new Intrinsics(stack, {
      pseudo: {
        'AWS::Partition': account.partition,
        'AWS::Region': account.region,
        'AWS::AccountId': account.accountId,
        'AWS::URLSuffix': suffix,
        'AWS::StackName': stack.name,
        'AWS::StackId': account.arn('cloudformation', `stack/${stack.name}/5d0c9d30-0000-4000-8000-0a1b2c3d4e5f`),
        'AWS::NotificationARNs': [],
      },
      parameters,
      availabilityZones: ['a', 'b', 'c'].map(letter => account.region + letter),
      identify: resource => this.identify(stack, intrinsics, resource),
      import: name => {
        const value = this.exports.get(name);
        if (value === undefined) throw new UnknownTemplate(stack.name, `nothing exports ${name}`);
        return value;
      },
    });
    return intrinsics;
  }

  private publishOutputs(stack: Stack, intrinsics: Intrinsics): void {
    for (const { Export: exported, Value: value, Condition: condition } of Object.values(stack.outputs)) {
      if (exported === undefined || !intrinsics.holds(condition as string | undefined)) continue;
      this.exports.set(String(intrinsics.resolve((exported as JsonObject).Name!)), intrinsics.resolve(value!));
    }
  }

  /** A service can only work with a role that trusts it. */
  private checkTrust(roleArn: string, service: string, arn: string): void {
    const role = [...this.resources.values()].find(({ identity: { attributes } }) => attributes.Arn === roleArn);
    if (!role) throw new UnknownTemplate(arn, `its role is not part of the app: ${roleArn}`);
    if (!mayAssume(role.resource.path, role.properties.AssumeRolePolicyDocument, service, { arn, account: this.account.accountId })) {
      throw new UnknownTemplate(arn, `the role ${role.resource.path} can not be assumed by ${service}.amazonaws.com`);
    }
  }
}

function aliasIdentity(lambda: Lambda, properties: JsonObject): Identity {
  const arn = lambda.arn(functionName(properties), String(properties.Name));
  return { ref: arn, attributes: { AliasArn: arn } };
}

/** The name behind a FunctionName property, which may be a name or an ARN. */
function functionName({ FunctionName: name }: JsonObject): string {
  return /function:([^:]+)/.exec(String(name))?.[1] ?? String(name);
}

function keyOf(stack: Stack, resource: Resource): string {
  return `${stack.name}/${resource.logicalId}`;
}
