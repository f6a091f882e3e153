import type { ByteString } from '../bytes.ts';
import type { FieldType, FieldValue } from '../fields/define.ts';
import { parseAddress, parseNetwork } from './network.ts';
import { parseSigned, parseUnsigned } from './numbers.ts';
import { servicePort } from './services.ts';
import { ValueError } from './value-error.ts';

/** Falco keeps a constant in a buffer of this many bytes, a NUL at the end included. */
const MAX_CONSTANT = 256;

/**
 * Reads a constant as a value of a field's type (sinsp_filter_value_parser of libsinsp, with its wrapping and saturating). Throws a
 * `ValueError` with Falco's words.
 */
export function parseConstant(text: ByteString, type: FieldType): FieldValue {
  if (type === 'BYTEBUF') {
    if (text.length >= MAX_CONSTANT) throw new ValueError('filter parameter too long (byte buf)');
    return text;
  }
  const nul = text.indexOf('\0');
  const value = nul < 0 ? text : text.slice(0, nul);
  switch (type) {
    case 'CHARBUF':
      if (value.length >= MAX_CONSTANT)
        throw new ValueError(
          `filter parameter too long (used=${value.length + 1}, available=${MAX_CONSTANT}):${value}`,
        );
      return value;
    case 'INT8':
      return parseSigned(value, 8);
    case 'INT16':
      return parseSigned(value, 16);
    case 'INT32':
    case 'DOUBLE':
      return parseSigned(value, 32);
    case 'INT64':
      return parseSigned(value, 64);
    case 'UINT8':
      return parseUnsigned(value, 8);
    case 'UINT16':
      return parseUnsigned(value, 16);
    case 'UINT32':
      return parseUnsigned(value, 32);
    case 'UINT64':
    case 'RELTIME':
    case 'ABSTIME':
      return parseUnsigned(value, 64);
    case 'PORT':
      return parsePort(value);
    case 'BOOL':
      if (value !== 'true' && value !== 'false')
        throw new ValueError(`filter error: unrecognized boolean value ${value}`);
      return value === 'true';
    case 'IPADDR':
      return parseAddress(value);
    case 'IPNET':
      return parseNetwork(value);
    case 'DYNAMIC':
      throw new ValueError('wrong parameter type');
  }
}

function parsePort(text: ByteString): number {
  if (text === '') return 0;
  if (/^\d+$/.test(text)) {
    // Falco ends here with "Runtime error: stoi".
    if (Number(text) > 0x7fffffff) throw new ValueError(`${text} is not a valid port number`);
    return Number(text) & 0xffff;
  }
  const port = servicePort(text);
  if (port === undefined) throw new ValueError(`unrecognized protocol ${text}`);
  return port;
}

/** The bytes that a hexadecimal constant of `bcontains` and `bstartswith` stands for; undefined if it is none. */
export function parseHex(text: ByteString): ByteString | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return text.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}
