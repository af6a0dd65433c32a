import type { ResourceType } from '@aws-sdk/client-ec2';
import type { Step } from '../step';
import { mobilityTags, RESERVED, tagList, tagMap, WRITES } from '../tags';
import type { Launch } from './launch-input';
import { type PlannedShare, reservedBySource, writtenTo } from './shares';

const TAGGED: readonly ResourceType[] = ['instance', 'volume', 'network-interface'];

/** A launch whose every resource says from the first moment whose it is. */
export function withMobilityTags(launch: Launch, step: Step, sourceInstanceId: string): Launch {
  const mine = mobilityTags(step, sourceInstanceId);
  return {
    ...launch,
    TagSpecifications: TAGGED.map(type => ({
      ResourceType: type,
      Tags: tagList({ ...tagMap(launch.TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags), ...mine }),
    })),
  };
}

/** Clones say how they share: who gives them a volume of their own later, or removes them, has to know. */
export function withSharing(launch: Launch, shared: readonly PlannedShare[]): Launch {
  const writes = writtenTo(shared)?.volumeId;
  const tags = { ...writes !== undefined && { [WRITES]: writes }, ...reservedBySource(shared).length > 0 && { [RESERVED]: 'write-exclusive' } };
  if (Object.keys(tags).length === 0) return launch;
  const others = (launch.TagSpecifications ?? []).filter(({ ResourceType }) => ResourceType !== 'instance');
  const own = launch.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance');
  return { ...launch, TagSpecifications: [{ ResourceType: 'instance', Tags: tagList({ ...tagMap(own?.Tags), ...tags }) }, ...others] };
}

/** The tag by which instances are moved: volumes and interfaces are not. */
export function onInstanceOnly(launch: Launch, key: string): Launch {
  return {
    ...launch,
    TagSpecifications: (launch.TagSpecifications ?? []).map(specification => (specification.ResourceType === 'instance' ? specification
      : { ...specification, Tags: (specification.Tags ?? []).filter(({ Key }) => Key !== key) })),
  };
}
