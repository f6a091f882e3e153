/** An event in words: `ct.info` and `evt.plugininfo`. */
import { toBytes, type ByteString, type RawJson } from '../../engine/index.ts';
import { shortSource, unknownUserOf, userOf } from './identity.ts';
import { bytesMoved, uriOf } from './storage.ts';
import { textOf } from './values.ts';

const READS = toBytes('←');
const WRITES = toBytes('→');

const ACCESS_BLOCKS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

/** Who did what from where, with the object of the request where it has one. */
export function infoOf(event: RawJson): ByteString {
  const user = userOf(event);
  if (user === undefined) return '<invalid cloudtrail event: userIdentity field missing>';
  const address = textOf(event.get('sourceIPAddress'));
  // Falco names another field than the one that is missing.
  if (address === undefined) return '<invalid cloudtrail event: eventSource field missing>';
  const name = textOf(event.get('eventName'));
  if (name === undefined) return '<invalid cloudtrail event: eventName field missing>';
  const failed = event.get('errorCode') === undefined ? '' : '!';
  const readOnly = event.get('readOnly');
  const arrow = readOnly !== undefined && readOnly.kind !== 'true' ? WRITES : READS;
  const who = user === address ? user : `${user} via ${address}`;
  return `${who} ${failed}${arrow} ${name}${objectOf(event, name)}`;
}

function objectOf(event: RawJson, name: ByteString): ByteString {
  if (name === 'PutBucketPublicAccessBlock') {
    if (event.get('requestParameters', 'PublicAccessBlockConfiguration')?.kind !== 'object') return '';
    // Falco looks for them in the event itself.
    return ` ${ACCESS_BLOCKS.map((key) => `${key}=${event.get(key)?.kind === 'true'}`).join(' ')} `;
  }
  const bytes = bytesMoved(event);
  const size = bytes === undefined ? '' : ` Size=${String(bytes as number | bigint)}`;
  const named: readonly (readonly [string, ByteString | undefined])[] = [
    ['URI', uriOf(event)],
    ['Bucket', textOf(event.get('requestParameters', 'bucketName'))],
    ['Key', textOf(event.get('requestParameters', 'key'))],
    ['Host', textOf(event.get('requestParameters', 'Host'))],
  ];
  const found = named.find(([, value]) => value !== undefined);
  return found === undefined ? size : `${size} ${found[0]}=${found[1]}`;
}

/** The event in one line; Falco shows nothing for one that does not say all of it. */
export function describeEvent(event: RawJson): ByteString {
  const source = event.get('eventSource')?.string;
  const region = event.get('awsRegion')?.string;
  const name = event.get('eventName')?.string;
  if (source === undefined || region === undefined || name === undefined) return '';
  const user = userOf(event);
  const who = user === undefined ? unknownUserOf(event) : user === '' ? '' : ` ${user}`;
  return `${region}${who} ${shortSource(source)} ${name} ${infoOf(event)}`;
}
