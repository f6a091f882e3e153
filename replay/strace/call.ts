import type { ByteString, FdSnapshot, JsonInput } from '../../engine/index.ts';
import type { CallEntry } from './log.ts';
import type { Bits } from './numbers.ts';
import {
  bytesOfString,
  fieldsOf,
  integerOf,
  itemsOf,
  namesOf,
  noteOf,
  productOf,
  type Digits,
} from './text.ts';
import type { TracedThread } from './threads.ts';

/** AT_FDCWD, as the driver writes it (PPM_AT_FDCWD). */
const CURRENT_DIRECTORY = -100;

/** Bytes as JSON input that stand for nothing but themselves. */
export const rawBytes = (bytes: ByteString): JsonInput => (bytes === '' ? null : { base64: btoa(bytes) });

/** An fd, or the negative number of AT_FDCWD. */
export function fdOf(text: ByteString): number {
  if (text.startsWith('AT_FDCWD')) return CURRENT_DIRECTORY;
  const fd = Number(integerOf(text.replace(/<.*$/s, '')) ?? -1);
  // Fds are 32 bits wide, with a sign.
  return fd | 0;
}

/** A call that returned, for the tables that make parameters of it. Arguments count from 0; missing ones read as 0, null or nothing. */
export class Call {
  readonly name: string;
  readonly args: readonly ByteString[];
  readonly result: Digits;
  /** What strace tells of an fd that was returned. */
  readonly resultNote: ByteString | undefined;
  /** What stands behind the result. */
  readonly resultRest: ByteString;
  readonly thread: TracedThread;
  /** How many bytes of data an event holds at most (`falco_libs.snaplen`). */
  readonly snaplen: number;

  /** What strace tells later of the socket that this call connects. */
  readonly connection: ByteString | undefined;
  /** The fd that was opened, as the recorder saw it right after. */
  opened: FdSnapshot | undefined = undefined;

  constructor(
    { name, args, result }: CallEntry,
    thread: TracedThread,
    snaplen: number,
    connection?: ByteString,
  ) {
    this.name = name;
    this.args = args;
    this.result = result.value;
    this.resultNote = result.note;
    this.resultRest = result.rest;
    this.thread = thread;
    this.snaplen = snaplen;
    this.connection = connection;
  }

  get failed(): boolean {
    return typeof this.result === 'number' && this.result < 0;
  }

  arg(i: number): ByteString {
    return this.args[i] ?? '';
  }

  int(i: number): Digits {
    return integerOf(this.arg(i)) ?? 0;
  }

  /** A number whose upper half does not count. */
  uint32(i: number): number {
    return Number(BigInt.asUintN(32, BigInt(this.int(i))));
  }

  fd(i: number): number {
    return fdOf(this.arg(i));
  }

  /** What strace tells of the fd of an argument. */
  note(i: number): ByteString | undefined {
    return noteOf(this.arg(i));
  }

  /** A string, or null for one that could not be read, as NULL. */
  text(i: number): JsonInput {
    return textOf(this.arg(i));
  }

  /** The names of flags, for a parameter whose flags have names. */
  names(i: number): readonly ByteString[] {
    return namesOf(this.arg(i));
  }

  /** The number that names and numbers stand for together. */
  bits(i: number, bits: Bits): number {
    return bitsOf(this.arg(i), bits);
  }

  fields(i: number): ReadonlyMap<ByteString, ByteString> {
    return fieldsOf(this.arg(i));
  }

  items(i: number): ByteString[] {
    return itemsOf(this.arg(i));
  }

  /** As much of the data that a call read as an event holds; null where it read nothing. */
  read(i: number): JsonInput {
    return this.failed || this.result === 0
      ? null
      : this.#cut(bytesOfString(this.arg(i)) ?? '', Number(this.result));
  }

  /** As much of the data that a call wrote, or tried to, as an event holds. */
  written(i: number, size: Digits): JsonInput {
    const length = Number(this.result) > 0 ? this.result : size;
    return this.#cut(bytesOfString(this.arg(i)) ?? '', Number(length));
  }

  /** The data of buffers, cut like those of one. */
  gathered(buffers: readonly ByteString[], length: number): JsonInput {
    return this.#cut(
      buffers.map((buffer) => bytesOfString(fieldsOf(buffer).get('iov_base') ?? '') ?? '').join(''),
      length,
    );
  }

  #cut(bytes: ByteString, length: number): JsonInput {
    return rawBytes(bytes.slice(0, Math.min(this.snaplen, length)));
  }
}

/** A string with its NUL, or null. */
export function textOf(text: ByteString): JsonInput {
  const bytes = bytesOfString(text);
  if (bytes === undefined) return null;
  const end = bytes.indexOf('\0');
  return end < 0 ? bytes : bytes.slice(0, end);
}

/** The number that names and numbers joined by `|` stand for. Names that are not known count nothing. */
export function bitsOf(text: ByteString, bits: Bits): number {
  let number = 0;
  for (const name of namesOf(text)) number |= bits[name] ?? Number(productOf(name) ?? 0);
  return number >>> 0;
}

/** Bytes that several buffers hold together. */
export function sizeOf(buffers: readonly ByteString[]): number {
  let size = 0;
  for (const buffer of buffers) size += Number(integerOf(fieldsOf(buffer).get('iov_len') ?? '') ?? 0);
  return size;
}

/**
 * The parameters of the events of a call, by name: as JSON input of the engine's encoding, or as names where the parameter is made of flags. What is left
 * away is empty.
 */
export type Parameters = Readonly<Record<string, JsonInput | readonly ByteString[]>>;

/** What makes parameters of a call; several for one that makes several events. */
export type Translate = (call: Call) => Parameters | readonly Parameters[];
