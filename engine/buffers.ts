import type { ByteString } from './bytes.ts';
import type { BufferFormat } from './rendering.ts';

/** Size of the memory in which libsinsp makes the text of a single value (STRPROPERTY_STORAGE_SIZE). */
const TEXT_SIZE = 1024;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes as text: as base64, or with a dot for everything that is not printable ASCII. */
export function bufferText(bytes: ByteString, format: BufferFormat): ByteString {
  return format === 'base64' ? base64(bytes) : bytes.replace(/[^ -~]/g, '.');
}

/**
 * The text of a field's value that is a buffer. It has to fit into a fixed memory: longer text is cut, and longer base64 is left out as a
 * whole.
 */
export function shortBufferText(bytes: ByteString, format: BufferFormat): ByteString {
  const text = bufferText(bytes, format);
  if (format === 'base64') return text.length < TEXT_SIZE - 2 ? text : '';
  return text.length <= TEXT_SIZE - 2 ? text : text.slice(0, TEXT_SIZE - 3);
}

function base64(bytes: ByteString): ByteString {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const second = left > 1 ? bytes.charCodeAt(i + 1) : 0;
    const third = left > 2 ? bytes.charCodeAt(i + 2) : 0;
    const triple = (bytes.charCodeAt(i) << 16) | (second << 8) | third;
    text += BASE64[triple >> 18]! + BASE64[(triple >> 12) & 63]!;
    text += left > 1 ? BASE64[(triple >> 6) & 63]! : '=';
    text += left > 2 ? BASE64[triple & 63]! : '=';
  }
  return text;
}
