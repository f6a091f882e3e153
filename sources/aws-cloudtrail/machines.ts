/** `ec2.*`, `ecr.*`, `iam.*`: what an event says of machines, images, roles and policies. */
import type { ByteString, RawJson } from '../../engine/index.ts';
import { member, textOf, type TrailField } from './values.ts';

/** The name that machines are given when they are made: the tag `Name`. */
function nameOf(event: RawJson): ByteString | undefined {
  let name: ByteString | undefined;
  for (const item of event.get('requestParameters', 'tagSpecificationSet', 'items')?.elements ?? []) {
    if (item.get('resourceType')?.string !== 'instance') continue;
    const tag = item.get('tags')?.elements.find((one) => one.get('key')?.string === 'Name');
    if (tag !== undefined) name = tag.get('value')?.string;
  }
  return name === '' ? undefined : name;
}

/** Where requests name one image. */
const IMAGE: readonly (readonly ByteString[])[] = [
  ['imageId'],
  ['DescribeFastLaunchImagesRequest', 'ImageId', 'content'],
  ['launchSpecification', 'imageId'],
];

/** The images of the machines that were started, or the one that the request names. */
function imagesOf(event: RawJson, index: number | undefined): readonly ByteString[] | undefined {
  const items = event.get('responseElements', 'instancesSet', 'items');
  if (items !== undefined) {
    if (index === undefined) return items.elements.flatMap((item) => item.get('imageId')?.string || []);
    const image = textOf(items.elements[index]?.get('imageId'));
    return image === undefined ? undefined : [image];
  }
  if (index !== undefined && index !== 0) return undefined;
  for (const keys of IMAGE) {
    const image = textOf(event.get('requestParameters', ...keys));
    if (image !== undefined) return [image];
  }
  return undefined;
}

export const machineFields: readonly TrailField[] = [
  { name: 'ec2.name', desc: 'The name that machines are started with (their tag `Name`).', get: nameOf },
  {
    name: 'ec2.imageid',
    desc: 'The image of the first machine; `ec2.imageids[0]` is the same.',
    deprecated: true,
    get: (event) => imagesOf(event, 0)?.[0],
  },
  {
    name: 'ec2.imageids',
    desc: 'The images of the machines that were started; `ec2.imageids[0]` is that of the first.',
    list: true,
    arg: { required: false, index: 'N' },
    get: (event, { index }) => imagesOf(event, index),
  },
  member('ecr.repository', 'The repository of a request to ECR.', 'requestParameters', 'repositoryName'),
  member('ecr.imagetag', 'The tag of an image in a request to ECR.', 'requestParameters', 'imageTag'),
  member('iam.role', 'The role in a request to IAM.', 'requestParameters', 'roleName'),
  member('iam.policy', 'The policy in a request to IAM.', 'requestParameters', 'policyName'),
];
