import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FilesystemDocuments } from '../../lib/private/filesystem-documents';
