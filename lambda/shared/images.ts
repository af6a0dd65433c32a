import { DeregisterImageCommand, DescribeImagesCommand, type Image } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { errorName } from './error-name';
import { ImageNameTaken } from './errors';
import type { Step } from './step';
import { EXECUTION, OWNER, tagMap } from './tags';

/** The image that this execution made under that name: EC2 has no idempotency token for images, but their names are unique. */
export async function findImage(name: string, { execution, owner }: Step): Promise<string | undefined> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'name', Values: [name] }] }));
  const image = Images?.find(({ Name }) => Name === name);
  if (!image) return undefined;
  const tags = tagMap(image.Tags);
  if (tags[EXECUTION] === execution && tags[OWNER] === owner) return image.ImageId;
  throw new ImageNameTaken(`the name ${name} belongs to ${image.ImageId}, which this execution did not make: deregister that image, then start again`);
}

/** Makes an image once: a name that is taken already is this execution's own, from a call whose answer was lost, or somebody else's. */
export async function makeOnce(name: string, step: Step, make: () => Promise<string | undefined>): Promise<string> {
  try {
    return await make() ?? '';
  } catch (error) {
    if (errorName(error) !== 'InvalidAMIName.Duplicate') throw error;
    const imageId = await findImage(name, step);
    if (imageId === undefined) throw error; // not to be seen yet: the step is retried by EC2's own error name
    return imageId;
  }
}

/** Undefined while it can not be seen. */
export async function describeImage(imageId: string): Promise<Image | undefined> {
  try {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return Images?.[0];
  } catch (error) {
    if (errorName(error) === 'InvalidAMIID.NotFound' || errorName(error) === 'InvalidAMIID.Unavailable') return undefined;
    throw error;
  }
}

/** An image that is gone already is deregistered. */
export async function deregisterImage(imageId: string): Promise<void> {
  try {
    await ec2.send(new DeregisterImageCommand({ ImageId: imageId }));
  } catch (error) {
    if (errorName(error) !== 'InvalidAMIID.NotFound' && errorName(error) !== 'InvalidAMIID.Unavailable') throw error;
  }
}
