import { expect } from 'chai';
import { toBytes } from '../../../engine/index.ts';
import cloudTrail from '../../../sources/aws-cloudtrail/index.ts';
import { fieldReader } from '../read-field.ts';

const read = fieldReader(cloudTrail);

const identity = (more: object): object => ({ userIdentity: more });
const assumed = (more: object): object => identity({ type: 'AssumedRole', ...more });
const request = (more: object, eventName = 'Any'): object => ({ eventName, requestParameters: more });
const moved = (more: object): object => ({ additionalEventData: more });
const base = {
  userIdentity: { type: 'IAMUser', userName: 'alice', accountId: '1', arn: 'arn:a', principalId: 'P' },
  sourceIPAddress: '203.0.113.9',
  eventName: 'GetObject',
  eventSource: 's3.amazonaws.com',
  awsRegion: 'eu-central-1',
  readOnly: true,
};

const cases: readonly [field: string, event: object, value: unknown][] = [
  ['ct.id', { eventID: 'e1' }, 'e1'],
  ['ct.id', {}, undefined],
  ['ct.error', { errorCode: 'AccessDenied' }, 'AccessDenied'],
  // What is there and no text is an empty one.
  ['ct.error', { errorCode: null }, ''],
  ['ct.src', base, 's3.amazonaws.com'],
  ['ct.shortsrc', base, 's3'],
  ['ct.shortsrc', { eventSource: '.amazonaws.com' }, '.amazonaws.com'],
  ['ct.shortsrc', { eventSource: 'ec2.amazonaws.com.cn' }, 'ec2.amazonaws.com.cn'],
  ['ct.user', base, 'alice'],
  ['ct.user', identity({ type: 'Root' }), undefined],
  ['ct.user', identity({ type: 'Root', userName: 'root' }), 'root'],
  ['ct.user', identity({ type: 'AWSService', invokedBy: 'ec2.amazonaws.com' }), 'ec2.amazonaws.com'],
  ['ct.user', assumed({ sessionContext: { sessionIssuer: { userName: 'deployer' } } }), 'deployer'],
  ['ct.user', assumed({}), 'AssumedRole'],
  ['ct.user', identity({ type: 'AWSAccount' }), 'AWSAccount'],
  ['ct.user', identity({ type: 'FederatedUser' }), 'FederatedUser'],
  ['ct.user', identity({ type: 'Directory' }), undefined],
  ['ct.user', identity({ userName: 'nobody' }), undefined],
  ['ct.originaluser', base, 'alice'],
  ['ct.originaluser', assumed({ arn: 'arn:aws:sts::1:assumed-role/deployer/session-7' }), 'session-7'],
  ['ct.originaluser', assumed({ arn: 'arn:aws:sts::1', principalId: 'AROA:i-0abc' }), 'i-0abc'],
  ['ct.originaluser', assumed({ principalId: 'AROA' }), undefined],
  ['ct.user.accountid', base, '1'],
  ['ct.user.accountid', { recipientAccountId: '2' }, '2'],
  ['ct.user.identitytype', base, 'IAMUser'],
  ['ct.user.arn', base, 'arn:a'],
  ['ct.user.principalid', base, 'P'],
  ['ct.request', request({ a: [1, 'x'] }), '{"a":[1,"x"]}'],
  ['ct.request', { requestParameters: null }, 'null'],
  ['ct.response', {}, undefined],
  ['ct.request.host', request({ Host: 'b.s3.amazonaws.com' }), 'b.s3.amazonaws.com'],
  ['ct.request.functionname', request({ functionName: 'f' }), 'f'],
  // Falco looks for it under another name.
  ['ct.request.documentname', request({ documentName: 'd' }), undefined],
  ['ct.managementevent', { managementEvent: true }, 'true'],
  ['ct.managementevent', { managementEvent: 'true' }, 'false'],
  ['ct.managementevent', {}, undefined],
  ['ct.readonly', base, 'true'],
  ['ct.readonly', { readOnly: false }, 'false'],
  ['ct.readonly', { eventName: 'RunInstances' }, undefined],
  ['ct.resources', { resources: [{ ARN: 'a' }, 'b'] }, '{"ARN":"a"},"b"'],
  ['ct.resources', { resources: [] }, undefined],
  ['ct.resources', { resources: 'a' }, undefined],
  ['ct.tlsdetails.tlsversion', { tlsDetails: { tlsVersion: 'TLSv1.3' } }, 'TLSv1.3'],
  ['ct.additionaleventdata', moved({ a: 1 }), '{"a":1}'],
  ['s3.uri', request({ bucketName: 'b', key: 'k/1' }), 's3://b/k/1'],
  ['s3.uri', request({ bucketName: 'b' }), undefined],
  ['s3.bytes', moved({ bytesTransferredIn: 3, bytesTransferredOut: 39.9 }), 42],
  ['s3.bytes', moved({ bytesTransferredOut: 'many' }), 0],
  ['s3.bytes', moved({}), undefined],
  ['s3.bytes', moved({ bytesTransferredOut: -1.5 }), 18_446_744_073_709_551_615n],
  ['s3.bytes', moved({ bytesTransferredOut: 2e19 }), 9_223_372_036_854_775_808n],
  ['s3.bytes.in', moved({ bytesTransferredOut: 5 }), undefined],
  ['s3.bytes.out', moved({ bytesTransferredOut: 5 }), 5],
  ['s3.cnt.get', { eventName: 'GetObject' }, 1],
  ['s3.cnt.get', { eventName: 'PutObject' }, undefined],
  ['s3.cnt.put', { eventName: 'PutObject' }, 1],
  ['s3.cnt.other', { eventName: 'ListBuckets' }, 1],
  ['s3.cnt.other', { eventName: 'GetObject' }, undefined],
  [
    'ec2.name',
    request({
      tagSpecificationSet: {
        items: [
          { resourceType: 'volume', tags: [{ key: 'Name', value: 'disk' }] },
          { resourceType: 'instance', tags: [{ key: 'env' }, { key: 'Name', value: 'web-1' }] },
        ],
      },
    }),
    'web-1',
  ],
  ['ec2.name', request({ tagSpecificationSet: {} }), undefined],
  [
    'ec2.imageids',
    { responseElements: { instancesSet: { items: [{ imageId: 'a' }, {}, { imageId: 'b' }] } } },
    ['a', 'b'],
  ],
  [
    'ec2.imageids[2]',
    { responseElements: { instancesSet: { items: [{ imageId: 'a' }, {}, { imageId: 'b' }] } } },
    ['b'],
  ],
  ['ec2.imageids[1]', { responseElements: { instancesSet: { items: [{ imageId: 'a' }, {}] } } }, undefined],
  ['ec2.imageids', request({ imageId: 'c' }), ['c']],
  ['ec2.imageids[1]', request({ imageId: 'c' }), undefined],
  ['ec2.imageids', request({ launchSpecification: { imageId: 'd' } }), ['d']],
  ['ec2.imageid', request({ DescribeFastLaunchImagesRequest: { ImageId: { content: 'e' } } }), 'e'],
  ['iam.policy', request({ policyName: 'p' }), 'p'],
  ['ecr.repository', request({ repositoryName: 'r' }), 'r'],
  ['ct.info', base, 'alice via 203.0.113.9 ← GetObject'],
  ['ct.info', { ...base, readOnly: false, errorCode: 'AccessDenied' }, 'alice via 203.0.113.9 !→ GetObject'],
  ['ct.info', { ...base, sourceIPAddress: 'alice' }, 'alice ← GetObject'],
  [
    'ct.info',
    { ...base, requestParameters: { bucketName: 'b', key: 'k' }, ...moved({ bytesTransferredOut: 7 }) },
    'alice via 203.0.113.9 ← GetObject Size=7 URI=s3://b/k',
  ],
  [
    'ct.info',
    { ...base, requestParameters: { bucketName: 'b' } },
    'alice via 203.0.113.9 ← GetObject Bucket=b',
  ],
  ['ct.info', { ...base, requestParameters: { Host: 'h' } }, 'alice via 203.0.113.9 ← GetObject Host=h'],
  [
    'ct.info',
    {
      ...base,
      eventName: 'PutBucketPublicAccessBlock',
      ...{ requestParameters: { PublicAccessBlockConfiguration: { BlockPublicAcls: true } } },
    },
    'alice via 203.0.113.9 ← PutBucketPublicAccessBlock BlockPublicAcls=false BlockPublicPolicy=false IgnorePublicAcls=false RestrictPublicBuckets=false ',
  ],
  ['ct.info', {}, '<invalid cloudtrail event: userIdentity field missing>'],
  ['json.value[/userIdentity/userName]', base, 'alice'],
];

describe('the fields of AWS CloudTrail', () => {
  for (const [field, event, value] of cases)
    it(`${field} of ${JSON.stringify(event).slice(0, 100)}`, () =>
      expect(read(event, field)).to.deep.equal(typeof value === 'string' ? toBytes(value) : value));
});
