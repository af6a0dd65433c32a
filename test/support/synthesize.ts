import { App, NestedStack, Stack, StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- templates are JSON that tests look into */
export type Resource = { Type: string; Properties: any; DeletionPolicy?: string };

export interface Synthesized {
  readonly template: Template;
  readonly resources: (type: string) => Record<string, Resource>;
}

/** What a stack with these constructs synthesizes to; resources are told with those of its nested stacks. */
export function stackOf(define: (stack: Stack) => void, props: StackProps = {}, context: Record<string, unknown> = {}): Synthesized {
  const stack = new Stack(new App({ context }), 'Test', props);
  define(stack);
  const template = Template.fromStack(stack);
  const nested = stack.node.findAll().filter(each => NestedStack.isNestedStack(each)).map(each => Template.fromStack(each as NestedStack));
  return {
    template,
    resources: type => Object.fromEntries([template, ...nested].flatMap((one, index) => Object.entries(one.findResources(type) as Record<string, Resource>)
      .map(([id, resource]) => [index === 0 ? id : `${index}.${id}`, resource]))),
  };
}

/** The definition of a machine as Step Functions will read it; references stand in angle brackets. */
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above */
export function definitionOf(machine: Resource): any {
  const definition = machine.Properties.DefinitionString as string | { 'Fn::Join': [string, unknown[]] };
  const parts = typeof definition === 'string' ? [definition] : definition['Fn::Join'][1];
  return JSON.parse(parts.map(part => typeof part === 'string' ? part : reference(part as Record<string, unknown>)).join(''));
}

function reference(part: Record<string, unknown>): string {
  if (part.Ref === 'AWS::Partition') return 'aws';
  if ('Fn::GetAtt' in part) return `<${(part['Fn::GetAtt'] as string[]).join('.')}>`;
  return `<${String(part.Ref ?? part['Fn::ImportValue'])}>`;
}

/** All states of a machine, those inside of Parallel and Map included, by name. */
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above */
export function statesOf(definition: any): Record<string, any> {
  return Object.assign({}, ...Object.entries<any>(definition.States).map(([name, state]) => ({ // eslint-disable-line @typescript-eslint/no-explicit-any
    [name]: state,
    ...Object.assign({}, ...[...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])].map(statesOf)),
  })));
}

export interface Statement { Action: string | string[]; Resource: unknown; Condition?: Record<string, Record<string, unknown>> }

export const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** The inline policies of all roles, by the role's logical id: those within the role and those beside it. */
export function policiesOf({ resources }: Pick<Synthesized, 'resources'>): { readonly role: string; readonly statements: Statement[] }[] {
  return [
    ...Object.entries(resources('AWS::IAM::Role')).flatMap(([role, { Properties }]) => (Properties.Policies ?? []).map(
      ({ PolicyDocument }: { PolicyDocument: { Statement: Statement[] } }) => ({ role, statements: PolicyDocument.Statement }))),
    ...Object.values(resources('AWS::IAM::Policy')).flatMap(({ Properties }) => (Properties.Roles as { Ref: string }[]).map(
      ({ Ref }) => ({ role: Ref, statements: Properties.PolicyDocument.Statement as Statement[] }))),
  ];
}
