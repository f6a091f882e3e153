import type { ByteString } from '../bytes.ts';
/** One container, as its runtime described it. */
export interface Container {
  readonly id: ByteString;
}
