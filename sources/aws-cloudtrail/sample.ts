import type { ByteString } from '../../engine/index.ts';

/** An event of which nothing is said but what every one says: a request of a user that only reads. */
export function sampleEvent(time: bigint): ByteString {
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName: 'test', accountId: '111122223333' },
    eventTime: `${new Date(Number(time / 1_000_000n)).toISOString().slice(0, -1)}${(time % 1_000_000n).toString().padStart(6, '0')}Z`,
    eventSource: 'sts.amazonaws.com',
    eventName: 'GetCallerIdentity',
    awsRegion: 'eu-central-1',
    sourceIPAddress: '203.0.113.9',
    userAgent: 'aws-cli/2.31.0',
    eventID: '00000000-0000-4000-8000-000000000001',
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
  });
}
