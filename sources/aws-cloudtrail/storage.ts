/** `s3.*`: what an event says of objects in S3. */
import type { ByteString, Extracted, RawJson } from '../../engine/index.ts';
import { bytesOf, count, member, type TrailField } from './values.ts';

const transferred = (event: RawJson, ...ways: readonly ('In' | 'Out')[]): Extracted => {
  const found = ways.flatMap((way) => event.get('additionalEventData', `bytesTransferred${way}`) ?? []);
  if (found.length === 0) return undefined;
  const sum = BigInt.asUintN(
    64,
    found.map(bytesOf).reduce((all, one) => all + one, 0n),
  );
  return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum;
};

const isOperation = (event: RawJson, ...names: readonly ByteString[]): boolean =>
  names.includes(event.get('eventName')?.string ?? '');

const once = (holds: boolean): Extracted => (holds ? 1 : undefined);

/** `s3://BUCKET/KEY`. */
export function uriOf(event: RawJson): ByteString | undefined {
  const bucket = event.get('requestParameters', 'bucketName')?.string;
  const key = event.get('requestParameters', 'key')?.string;
  return bucket === undefined || key === undefined ? undefined : `s3://${bucket}/${key}`;
}

/** All bytes that were moved. */
export const bytesMoved = (event: RawJson): Extracted => transferred(event, 'In', 'Out');

export const storageFields: readonly TrailField[] = [
  { name: 's3.uri', desc: 'The object of a request to S3: `s3://BUCKET/KEY`.', get: uriOf },
  member('s3.bucket', 'The bucket of a request to S3.', 'requestParameters', 'bucketName'),
  member('s3.key', 'The key of the object in a request to S3.', 'requestParameters', 'key'),
  count('s3.bytes', 'Bytes that a request to S3 moved, in either direction.', bytesMoved),
  count('s3.bytes.in', 'Bytes that were sent to S3.', (event) => transferred(event, 'In')),
  count('s3.bytes.out', 'Bytes that came from S3.', (event) => transferred(event, 'Out')),
  count('s3.cnt.get', '1 if an object was read (`GetObject`).', (event) =>
    once(isOperation(event, 'GetObject')),
  ),
  count('s3.cnt.put', '1 if an object was written (`PutObject`).', (event) =>
    once(isOperation(event, 'PutObject')),
  ),
  count(
    's3.cnt.other',
    '1 if no object was read or written: every other operation, of all services.',
    (event) => once(!isOperation(event, 'GetObject', 'PutObject')),
  ),
];
