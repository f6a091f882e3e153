import { fromBytes, toBytes, type ByteString } from '../engine/index.ts';

/** Whether bytes are UTF-8. Falco's JSON cannot hold others. */
export function isUtf8(text: ByteString): boolean {
  return toBytes(fromBytes(text)) === text;
}
