import type { ByteString } from '../../engine/index.ts';

/** An audit event of which nothing is said but what every one says: a request of a user that was answered. */
export function sampleEvent(time: bigint): ByteString {
  const milliseconds = new Date(Number(time / 1_000_000n)).toISOString().slice(0, -1);
  const stamp = `${milliseconds}${(time % 1_000_000n).toString().padStart(6, '0')}Z`;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: '00000000-0000-4000-8000-000000000001',
    stage: 'ResponseComplete',
    requestURI: '/',
    verb: 'get',
    user: { username: 'test' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: stamp,
    stageTimestamp: stamp,
  });
}
