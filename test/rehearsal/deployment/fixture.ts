import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { type Assembly, readAssembly } from '../../../rehearsal/template';

const folders: string[] = [];

/** Writes an app to disk as `cdk synth` does: one stack `App`, one asset `code` with these handler files, and templates of nested stacks. */
export function app(
  resources: JsonObject, handlers: Readonly<Record<string, string>> = {}, sections: JsonObject = {}, nested: Readonly<Record<string, JsonObject>> = {},
): Assembly {
  const dir = mkdtempSync(join(tmpdir(), 'rehearsal-app-'));
  folders.push(dir);
  mkdirSync(join(dir, 'asset.code'));
  for (const [file, text] of Object.entries(handlers)) writeFileSync(join(dir, 'asset.code', file), text);
  const json = (file: string, value: Json) => writeFileSync(join(dir, file), JSON.stringify(value));
  json('App.template.json', { Resources: resources, ...sections });
  for (const [name, template] of Object.entries(nested)) json(`${name}.nested.template.json`, template);
  json('App.assets.json', {
    version: '48.0.0',
    files: {
      code: { source: { path: 'asset.code', packaging: 'zip' }, destinations: { here: { bucketName: 'b', objectKey: 'code.zip' } } },
      ...Object.fromEntries(Object.keys(nested).map(name => [name, {
        source: { path: `${name}.nested.template.json`, packaging: 'file' }, destinations: { here: { bucketName: 'b', objectKey: `${name}.json` } },
      }])),
    },
  });
  json('manifest.json', {
    version: '48.0.0',
    artifacts: {
      'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
      App: { type: 'aws:cloudformation:stack', properties: { templateFile: 'App.template.json', stackName: 'App' }, dependencies: ['App.assets'] },
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
    },
  });
  return readAssembly(dir);
}

/** Removes what the tests of a file have written. */
export function removeApps(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true });
}

export function role(service: string, ...statements: JsonObject[]): JsonObject {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' }],
      },
      Policies: statements.length === 0 ? [] : [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  };
}

export function allow(action: Json, resource: Json = '*', more: JsonObject = {}): JsonObject {
  return { Effect: 'Allow', Action: action, Resource: resource, ...more };
}

/** A function that runs `<file>.handler` with the role of this logical id. */
export function fn(file: string, roleId: string, more: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: { 'Fn::Sub': 'cdk-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'code.zip' },
      Handler: `${file}.handler`, Runtime: 'nodejs24.x', Role: { 'Fn::GetAtt': [roleId, 'Arn'] }, Timeout: 60, MemorySize: 256, ...more,
    },
  };
}

export function version(functionId: string, retained = true): JsonObject {
  return { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: functionId } }, ...(retained && { DeletionPolicy: 'Retain' }) };
}

/** A machine; the definition's strings may hold `${LogicalId}` or `${LogicalId.Attribute}`. */
export function machine(definition: JsonObject, roleId: string, more: JsonObject = {}): JsonObject {
  return {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { DefinitionString: { 'Fn::Sub': JSON.stringify({ QueryLanguage: 'JSONata', ...definition }) }, RoleArn: { 'Fn::GetAtt': [roleId, 'Arn'] }, ...more },
  };
}

/** A machine of one Task that ends with its result. */
export function oneTask(resource: string, args: Json, more: JsonObject = {}): JsonObject {
  return { StartAt: 'Task', States: { Task: { Type: 'Task', Resource: resource, Arguments: args, End: true, ...more } } };
}

export function invoke(functionName: string, payload: Json = {}, more: JsonObject = {}): JsonObject {
  return oneTask('arn:${AWS::Partition}:states:::lambda:invoke', { FunctionName: functionName, Payload: payload }, more);
}
