import { createVssSnapshot } from '../../guest/vss';
import type { CommandDocument, DocumentParameter } from './document';

const flag: DocumentParameter = { type: 'String', default: 'False', allowedValues: ['True', 'False'] };
const text: DocumentParameter = { type: 'String', default: '' };

/**
 * AWS's own documents, as far as the rehearsal knows any: by their description, for nobody outside of AWS can say what is in them. Parameters are those
 * of the EC2 user guide, "create-vss-snapshots-ssm"; their patterns, the default of executionTimeout and the names of the steps are unverified against AWS.
 */
export const awsDocuments: Readonly<Record<string, CommandDocument>> = {
  'AWSEC2-CreateVssSnapshot': {
    description: 'Takes snapshots of all EBS volumes of a Windows instance within a freeze of VSS.',
    parameters: {
      AmiName: text, description: text, tags: text, CollectDiagnosticLogs: flag, CopyOnly: flag,
      // an image is not what anything here asks for
      CreateAmi: { ...flag, allowedValues: ['False'] },
      ExcludeBootVolume: flag, NoWriters: flag, SaveVssMetadata: flag,
      executionTimeout: { type: 'String', default: '600', allowedPattern: '^[1-9][0-9]{0,4}$' },
    },
    step: { name: 'CreateVssSnapshot', script: '', timeoutSeconds: 28_800, platform: 'Windows' },
    play: createVssSnapshot,
  },
};
