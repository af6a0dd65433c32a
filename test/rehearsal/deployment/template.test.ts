import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Intrinsics } from '../../../rehearsal/deployment/intrinsics';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { readAssembly, readTemplate, UnknownTemplate } from '../../../rehearsal/template';
import { app, removeApps } from './fixture';

afterAll(removeApps);

const SECTIONS: JsonObject = {
  Parameters: {
    BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
    Zones: { Type: 'CommaDelimitedList', Default: 'a,b' },
    Needed: { Type: 'String' },
  },
  Mappings: { Runtimes: { 'eu-west-1': { value: 'nodejs24.x' } } },
  Conditions: {
    Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
    There: { 'Fn::Not': [{ Condition: 'Here' }] },
    Some: { 'Fn::Or': [{ Condition: 'There' }, { 'Fn::And': [{ Condition: 'Here' }, { 'Fn::Equals': ['a', 'a'] }] }] },
  },
  Resources: {
    Role: { Type: 'AWS::IAM::Role' },
    Absent: { Type: 'AWS::IAM::Role', Condition: 'There' },
  },
};

function resolve(value: Json, sections: JsonObject = SECTIONS): Json {
  return new Intrinsics(readTemplate('App', sections), {
    pseudo: { 'AWS::Region': 'eu-west-1', 'AWS::Partition': 'aws', 'AWS::AccountId': '1' },
    parameters: { Given: 'x' },
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    identify: ({ logicalId }) => ({ ref: `${logicalId}-1`, attributes: { Arn: `arn:${logicalId}`, 'Nested.Name': 'n' } }),
    import: name => `imported ${name}`,
  }).resolve(value);
}

describe('intrinsic functions', () => {
  test.each<[Json, Json]>([
    ['text', 'text'],
    [{ deep: [1, true, null, { Ref: 'Role' }] }, { deep: [1, true, null, 'Role-1'] }],
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'BootstrapVersion' }, '/cdk-bootstrap/hnb659fds/version'],
    [{ Ref: 'Zones' }, ['a', 'b']],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:Role'],
    [{ 'Fn::GetAtt': 'Role.Nested.Name' }, 'n'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Role' }, 1]] }, 'a-Role-1-1'],
    [{ 'Fn::Join': ['+', { Ref: 'Zones' }] }, 'a+b'],
    [{ 'Fn::Sub': '${AWS::Partition}/${Role}/${Role.Arn}/${!Kept}' }, 'aws/Role-1/arn:Role/${Kept}'],
    [{ 'Fn::Sub': ['${own} ${AWS::Region}', { own: { Ref: 'Role' } }] }, 'Role-1 eu-west-1'],
    [{ 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    [{ 'Fn::Select': ['0', { 'Fn::GetAZs': '' }] }, 'eu-west-1a'],
    [{ 'Fn::FindInMap': ['Runtimes', { Ref: 'AWS::Region' }, 'value'] }, 'nodejs24.x'],
    [{ 'Fn::If': ['Some', 'yes', { Ref: 'Nothing' }] }, 'yes'],
    [{ a: { 'Fn::If': ['There', 1, { Ref: 'AWS::NoValue' }] }, b: [{ Ref: 'AWS::NoValue' }, 2] }, { b: [2] }],
    [{ 'Fn::Base64': { Ref: 'Role' } }, Buffer.from('Role-1').toString('base64')],
    [{ 'Fn::ImportValue': { 'Fn::Sub': 'x-${AWS::Region}' } }, 'imported x-eu-west-1'],
    [{ Ref: 'Role', Other: 1 }, { Ref: 'Role', Other: 1 }],
  ])('%j → %j', (value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test.each<[Json, string]>([
    [{ Ref: 'Nobody' }, 'there is nothing called Nobody'],
    [{ Ref: 'Needed' }, 'the parameter Needed has no value'],
    [{ Ref: 'Absent' }, 'does not exist under its condition There'],
    [{ 'Fn::GetAtt': ['Role', 'Color'] }, 'does not know the attribute Color of Role (AWS::IAM::Role)'],
    [{ 'Fn::Transform': {} }, 'does not know Fn::Transform'],
    [{ 'Fn::Select': [5, ['a']] }, 'finds no element 5'],
    [{ 'Fn::FindInMap': ['Runtimes', 'mars', 'value'] }, 'has no mars value'],
    [{ 'Fn::If': ['Never', 1, 2] }, 'there is no condition Never'],
    [{ 'Fn::Join': ['', [{ Ref: 'Zones' }]] }, 'Fn::Join needs strings'],
    ['{{resolve:ssm:/a}}', 'dynamic references are not supported'],
    [{ Ref: 'AWS::NoValue' }, 'AWS::NoValue stands where a value is needed'],
  ])('%j is refused', (value, problem) => {
    expect(() => resolve(value)).toThrow(UnknownTemplate);
    expect(() => resolve(value)).toThrow(problem);
  });
});

describe('templates', () => {
  test('tell of a resource what the rehearsal needs', () => {
    const { resources } = readTemplate('App', { Resources: {
      A: { Type: 'AWS::SNS::Topic', Metadata: { 'aws:cdk:path': 'App/Clone/Topic/Resource' }, DeletionPolicy: 'Retain' },
      B: { Type: 'AWS::SNS::Topic', DeletionPolicy: 'Delete', DependsOn: ['A'] },
    } });
    expect(resources).toEqual([
      { logicalId: 'A', type: 'AWS::SNS::Topic', properties: {}, path: 'Clone/Topic/Resource', retained: true },
      { logicalId: 'B', type: 'AWS::SNS::Topic', properties: {}, path: 'B', retained: false },
    ]);
  });

  test.each<[string, JsonObject, string]>([
    ['section', { Transform: 'AWS::Serverless-2016-10-31' }, 'unknown section Transform'],
    ['attribute of a resource', { Resources: { A: { Type: 'X', CreationPolicy: {} } } }, 'unknown attribute CreationPolicy'],
  ])('with an unknown %s are refused', (_, template, problem) => {
    expect(() => readTemplate('App', template)).toThrow(problem);
  });
});

describe('assemblies', () => {
  test('hold stacks with their assets', () => {
    const { stacks, directory } = app({ T: { Type: 'AWS::SNS::Topic' } });
    expect(stacks.map(({ name, assets }) => [name, [...assets]])).toEqual([['App', [['code.zip', join(directory, 'asset.code')]]]]);
  });

  test('give stacks after those they depend on, and those of stages', () => {
    const { directory } = app({});
    const inner = join(directory, 'assembly-Stage');
    mkdirSync(inner);
    const stack = (file: string, ...dependencies: string[]) => ({ type: 'aws:cloudformation:stack', properties: { templateFile: file }, dependencies });
    writeFileSync(join(inner, 's.json'), JSON.stringify({ Resources: {} }));
    writeFileSync(join(inner, 'manifest.json'), JSON.stringify({ artifacts: { First: stack('s.json', 'Second'), Second: stack('s.json') } }));
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: { Stage: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Stage' } } } }));
    expect(readAssembly(directory).stacks.map(({ name }) => name)).toEqual(['Second', 'First']);
  });

  test.each(['metadata', 'additionalMetadataFile'])('tell the paths of constructs, from %s', place => {
    const { directory } = app({ T1234: { Type: 'AWS::SNS::Topic' } });
    const metadata = { '/Stage/App/Clone/Topic/Resource': [{ type: 'aws:cdk:other' }, { type: 'aws:cdk:logicalId', data: 'T1234' }] };
    writeFileSync(join(directory, 'more.json'), JSON.stringify(metadata));
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: {
      App: { type: 'aws:cloudformation:stack', displayName: 'Stage/App', properties: { templateFile: 'App.template.json' }, [place]: place === 'metadata' ? metadata : 'more.json' },
    } }));
    expect(readAssembly(directory).stacks[0]!.resources[0]!.path).toBe('Clone/Topic/Resource');
  });

  test('with an unknown artifact are refused', () => {
    const { directory } = app({});
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: { X: { type: 'cdk:novelty' } } }));
    expect(() => readAssembly(directory)).toThrow('unknown artifact X of type cdk:novelty');
  });
});
