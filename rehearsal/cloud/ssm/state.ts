import type { CommandInvocationStatus } from '@aws-sdk/client-ssm';
import { Clusters } from '../../guest/cluster';
import { Guest } from '../../guest/guest';
import type { Host } from '../../hosts/host';
import type { Account } from '../account';
import { AwsError } from '../service';
import { awsDocuments } from './aws-documents';
import { readDocument, type CommandDocument } from './document';

export interface DocumentRecord {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** Version 1 first; the newest is the default, as CloudFormation's `NewVersion` makes it. */
  readonly versions: { readonly content: string; readonly document: CommandDocument }[];
}

/** One command on one instance. */
export interface Invocation {
  readonly instanceId: string;
  status: CommandInvocationStatus;
  /** In one word, as the API writes it: `DeliveryTimedOut`. */
  details: string;
  responseCode: number;
  startedAt?: number;
  endedAt?: number;
  stdout: string;
  stderr: string;
  /** Why the rehearsal itself could not play it. */
  fault?: Error;
  /** Ends what the instance is doing for it. */
  kill?: () => void;
}

export interface CommandRecord {
  readonly commandId: string;
  readonly documentName: string;
  readonly documentVersion: string;
  readonly document: CommandDocument;
  readonly parameters: Readonly<Record<string, string[]>>;
  readonly values: Readonly<Record<string, string>>;
  readonly comment: string;
  readonly requestedAt: number;
  readonly timeoutSeconds: number;
  readonly invocations: readonly Invocation[];
  cancelled: boolean;
}

/** Systems Manager: documents, commands, and the guests that they run in. */
export class Ssm {
  readonly documents = new Map<string, DocumentRecord>();
  readonly commands = new Map<string, CommandRecord>();
  /** Milliseconds until GetCommandInvocation knows a new command, and between two tries to deliver one. Assumptions. */
  readonly timing = { visible: 400, retry: 5000 };
  /** Who plays the commands of an instance in the place of its guest's sandbox; a scenario may choose. */
  hostOf: (instanceId: string) => Host | undefined = () => undefined;
  /** What guests are to each other. */
  readonly clusters = new Clusters();
  private readonly guests = new Map<string, Guest>();

  constructor(private readonly account: Account) {
    account.ec2.writesHeld = volumeId => [...this.guests.keys()].some(id => {
      const guest = this.guest(id);
      return guest.running && guest.disks.isFrozen(volumeId);
    });
  }

  /** What runs inside an instance. */
  guest(instanceId: string): Guest {
    let guest = this.guests.get(instanceId);
    if (!guest) this.guests.set(instanceId, guest = new Guest(this.account, instanceId));
    guest.noticeReboot();
    return guest;
  }

  /** Registers a document, or a new version of it; content is its JSON, as a text or already read. */
  putDocument(name: string, content: string | object, tags: Readonly<Record<string, string>> = {}): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const version = { content: text, document: readDocument(text) };
    const known = this.documents.get(name);
    if (known) known.versions.push(version);
    else this.documents.set(name, { name, tags, createdAt: this.account.clock.now(), versions: [version] });
  }

  removeDocument(name: string): void {
    this.documents.delete(name);
  }

  /** Amazon's own have no account in theirs (Systems Manager user guide, "Actions, resources, and condition keys"). */
  documentArn(name: string): string {
    if (name.startsWith('arn:')) return name;
    const { partition, region } = this.account;
    return name in awsDocuments ? `arn:${partition}:ssm:${region}::document/${name}` : this.account.arn('ssm', `document/${name}`);
  }

  /** A document by its name or ARN. */
  document(nameOrArn: string): DocumentRecord {
    const name = nameOrArn.startsWith(this.account.arn('ssm', 'document/')) ? nameOrArn.split('/').pop()! : nameOrArn;
    const aws = awsDocuments[name];
    if (aws) return { name, tags: {}, createdAt: 0, versions: [{ content: '', document: aws }] };
    const document = this.documents.get(name);
    // as recorded: { Code: 'InvalidDocument', Message: 'Document with name … does not exist.' }
    if (!document) throw new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);
    return document;
  }
}
