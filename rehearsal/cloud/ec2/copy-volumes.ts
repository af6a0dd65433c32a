import type { CopyVolumesRequest, CopyVolumesResult } from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { checkVolumesAt, placeOfVolume, siteAt } from './edge/site';
import { encryptionOf } from './encryption';
import { existing, invalidCombination, invalidValue } from './errors';
import { checkCopies, checkStorage, volumeShape } from './limits';
import { finishCreation, makeVolume, tellInitialization } from './make-volume';
import { checkSpecifications, specifiedTags } from './tags';
import { refuseManaged } from './volumes';

/**
 * Copies a volume as it is at this instant (EBS user guide, "Copy an Amazon EBS volume"): usable when it is `available`, seconds later,
 * while its blocks arrive in the background. Programs of all instances that have the source attached are in the picture; for Multi-Attach
 * sources this is unverified against AWS.
 */
export function copyVolumes(input: CopyVolumesRequest, call: Call): CopyVolumesResult {
  const ec2 = call.account.ec2;
  checkSpecifications(ec2, input.TagSpecifications, ['volume']);
  const source = existing(ec2.volumes, 'volume', input.SourceVolumeId);
  refuseManaged(source);
  if (source.State !== 'available' && source.State !== 'in-use') {
    throw new AwsError('IncorrectState', `Volume '${source.VolumeId}' is in the '${source.State}' state.`);
  }
  const site = siteAt(ec2, placeOfVolume(source));
  // "not from volumes on Outposts or in Wavelength Zones"; the code is unverified against AWS
  if (site && !site.volumeCopies) throw new AwsError('UnsupportedOperation', `Volumes in ${site.id} can not be copied.`);
  const size = input.Size ?? source.Size;
  if (size < source.Size) throw invalidValue(`The specified size '${size}' is smaller than the source volume size of '${source.Size}'`);
  const shape = volumeShape({ type: input.VolumeType ?? 'gp2', size, iops: input.Iops, throughput: input.Throughput });
  if (input.MultiAttachEnabled && shape.type !== 'io1' && shape.type !== 'io2') {
    throw invalidCombination(`The parameter multiAttachEnabled is not supported for ${shape.type} volumes.`);
  }
  checkCopies(ec2, source);
  checkStorage(ec2, shape.type, shape.size);
  checkVolumesAt(ec2, site, [{ ...shape, multiAttach: input.MultiAttachEnabled }]);
  const encryption = encryptionOf(ec2, {
    // of an encrypted volume there is no plain copy, whatever the request says (SDK, CopyVolumesRequest.Encrypted)
    encrypted: source.Encrypted || input.Encrypted, kmsKeyId: input.KmsKeyId, snapshot: { ...source, SnapshotId: source.VolumeId }, call,
  });
  const copy = makeVolume(ec2, {
    shape, place: placeOfVolume(source), encryption, copyOf: source, multiAttach: input.MultiAttachEnabled,
    tags: specifiedTags(input.TagSpecifications, 'volume'),
  });
  finishCreation(ec2, copy, encryption);
  tellInitialization(ec2, copy);
  return { Volumes: [{ ...copy, Attachments: undefined }] };
}
