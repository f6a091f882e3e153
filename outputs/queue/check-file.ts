/**
 * Looks at a file of LMDB before lmdb does, which maps it into memory and takes the whole process down with what it cannot read there (SIGBUS past the end of the file, assertions).
 *
 * After a kill the file may rightly be shorter than its first pages say: pages at the end that were freed before they were written. Whether somebody cut it is only to be told by a walk
 * over its trees, which is done just then. Layout (LMDB of lmdb 3.5, mdb.c): `MDB_meta`, `MDB_page_header`, `MDB_node`, `MDB_db`, `MDB_ovpage`; little-endian.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER = 24;
/** Offsets in one of the first two pages. */
const META = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, txnId: 152, end: 160 };
const PAGE = { flags: 18, lower: 20 };
const BRANCH = 0x01;
const LEAF = 0x02;
/** Offsets in a node, and its flags. */
const NODE = { low: 0, high: 2, flags: 4, keySize: 6, key: 8 };
const BIG_DATA = 0x01;
const SUB_DATABASE = 0x02;
/** Offsets in `MDB_db` and `MDB_ovpage`. */
const ROOT = 40;
const OVERFLOW_PAGES = 16;
/** What a tree without pages has as its root. */
const NO_PAGE = 2n ** 64n - 1n;
/** Pages above one another, of a table within the table of tables; LMDB has 32 for each at most (`CURSOR_STACK`). */
const MAX_DEPTH = 64;

/** What is wrong with a file; undefined if nothing is, or there is none. */
export function checkFile(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return undefined;
    const first = readMeta(descriptor, 0);
    if (first === undefined) return 'it does not begin as files of LMDB do';
    const second = readMeta(descriptor, first.pageSize);
    if (second === undefined || size < 2 * first.pageSize) return `it was cut short to ${size} bytes`;
    const meta = second.txnId > first.txnId ? second : first;
    const pages = Math.floor(size / meta.pageSize);
    if (pages > meta.lastPage) return undefined;
    const walk = new Walk(descriptor, meta.pageSize, pages);
    return walk.isWhole(meta.freeRoot) && walk.isWhole(meta.mainRoot)
      ? undefined
      : `it was cut short to ${size} bytes`;
  } finally {
    closeSync(descriptor);
  }
}

function readMeta(descriptor: number, at: number) {
  const bytes = Buffer.alloc(META.end);
  if (readSync(descriptor, bytes, 0, META.end, at) < META.end) return undefined;
  if (bytes.readUInt32LE(META.magic) !== 0xbeefc0de) return undefined;
  return {
    pageSize: bytes.readUInt32LE(META.pageSize),
    freeRoot: bytes.readBigUInt64LE(META.freeRoot),
    mainRoot: bytes.readBigUInt64LE(META.mainRoot),
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    txnId: bytes.readBigUInt64LE(META.txnId),
  };
}

/** A walk over the trees of a file of so many pages. */
class Walk {
  private readonly descriptor: number;
  private readonly pageSize: number;
  private readonly pages: number;
  constructor(descriptor: number, pageSize: number, pages: number) {
    this.descriptor = descriptor;
    this.pageSize = pageSize;
    this.pages = pages;
  }

  /** Whether the page and all below it are there. */
  isWhole(number: bigint, depth = 0): boolean {
    if (number === NO_PAGE) return true;
    if (number >= this.pages || depth > MAX_DEPTH) return false;
    const page = Buffer.alloc(this.pageSize);
    readSync(this.descriptor, page, 0, page.length, Number(number) * this.pageSize);
    const flags = page.readUInt16LE(PAGE.flags);
    if ((flags & (BRANCH | LEAF)) === 0) return false;
    const count = page.readUInt16LE(PAGE.lower) >> 1;
    for (let index = 0; index < count; index++) {
      const at = HEADER + page.readUInt16LE(HEADER + 2 * index);
      if (at + NODE.key > page.length) return false;
      const whole = flags & BRANCH ? this.isBranchWhole(page, at, depth) : this.isLeafWhole(page, at, depth);
      if (!whole) return false;
    }
    return true;
  }

  private isBranchWhole(page: Buffer, at: number, depth: number): boolean {
    const low = page.readUInt32LE(at + NODE.low);
    return this.isWhole((BigInt(page.readUInt16LE(at + NODE.flags)) << 32n) | BigInt(low), depth + 1);
  }

  private isLeafWhole(page: Buffer, at: number, depth: number): boolean {
    const flags = page.readUInt16LE(at + NODE.flags);
    if ((flags & (BIG_DATA | SUB_DATABASE)) === 0) return true;
    const data = at + NODE.key + page.readUInt16LE(at + NODE.keySize);
    if (data + ROOT + 8 > page.length && flags & SUB_DATABASE) return false;
    if (flags & SUB_DATABASE) return this.isWhole(page.readBigUInt64LE(data + ROOT), depth + 1);
    if (data + OVERFLOW_PAGES + 8 > page.length) return false;
    return page.readBigUInt64LE(data) + page.readBigUInt64LE(data + OVERFLOW_PAGES) <= this.pages;
  }
}
