import type { ByteString } from '../bytes.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { JsonInput } from './json.ts';

/** How the values of one type of parameter stand in JSON. What `toJson` writes, `fromJson` makes the same bytes of. */
export interface ParameterCodec {
  /** The value in JSON; undefined if its bytes are not as the type has them, so that they must be kept as bytes. There is at least one. */
  toJson(bytes: Uint8Array, view: DataView, at: number, size: number): ByteString | undefined;
  /** Appends the bytes of a value, which is not null. Throws an `EncodingError`. */
  fromJson(value: JsonInput, out: ByteBuffer): void;
}
