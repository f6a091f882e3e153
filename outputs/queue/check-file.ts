/**
 * Looks at a file of LMDB before lmdb does, which maps it into memory and takes the whole process down with what it cannot read there (SIGBUS past the end of the file, assertions), or
 * hands out pages twice.
 *
 * All pages of its trees are looked at: whether they are there, once, and what they say they are. (After a kill the file may rightly be shorter than its first pages say: pages at the
 * end that were freed before they were written.) Layout (LMDB of lmdb 3.5, mdb.c): `MDB_meta`, `MDB_page_header`, `MDB_node`, `MDB_db`, `MDB_ovpage`; little-endian.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER = 24;
/** Offsets in one of the first two pages. */
const META = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, txnId: 152, end: 160 };
const PAGE = { number: 0, flags: 18, lower: 20, overflowPages: 20 };
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
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

/** Looks at a file that is being written, until it was not while it was looked at. */
const MOST_LOOKS = 3;

/** What is wrong with a file; undefined if nothing is, or there is none. */
export function checkFile(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const descriptor = openSync(file, 'r');
  try {
    for (let look = 1; look <= MOST_LOOKS; look++) {
      const { wrong, txnId } = checkOnce(descriptor);
      if (wrong === undefined) return undefined;
      // Pages of a tree are used again after the next but one commit.
      if (txnId === newestTxn(descriptor)) return wrong;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

function checkOnce(descriptor: number): { readonly wrong?: string; readonly txnId?: bigint | undefined } {
  const { size } = fstatSync(descriptor);
  if (size === 0) return {};
  const first = readMeta(descriptor, 0);
  if (first === undefined) return { wrong: 'it does not begin as files of LMDB do' };
  const second = readMeta(descriptor, first.pageSize);
  if (second === undefined || size < 2 * first.pageSize)
    return { wrong: `it was cut short to ${size} bytes, or its second page is damaged` };
  const meta = second.txnId > first.txnId ? second : first;
  const { pageSize, txnId } = meta;
  const walk = new Walk(descriptor, pageSize, Math.floor(size / pageSize));
  const wrong = walk.tree(meta.freeRoot) ?? walk.tree(meta.mainRoot);
  return { ...(wrong !== undefined && { wrong }), txnId };
}

function newestTxn(descriptor: number): bigint | undefined {
  const first = readMeta(descriptor, 0);
  const second = first && readMeta(descriptor, first.pageSize);
  if (first === undefined || second === undefined) return undefined;
  return second.txnId > first.txnId ? second.txnId : first.txnId;
}

function readMeta(descriptor: number, at: number) {
  const bytes = Buffer.alloc(META.end);
  if (readSync(descriptor, bytes, 0, META.end, at) < META.end) return undefined;
  if (bytes.readUInt32LE(META.magic) !== 0xbeefc0de) return undefined;
  const pageSize = bytes.readUInt32LE(META.pageSize);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    freeRoot: bytes.readBigUInt64LE(META.freeRoot),
    mainRoot: bytes.readBigUInt64LE(META.mainRoot),
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    txnId: bytes.readBigUInt64LE(META.txnId),
  };
}

/** A walk over the trees of a file of so many pages. Each step gives what is wrong, if anything is. */
class Walk {
  private readonly descriptor: number;
  private readonly pageSize: number;
  private readonly pages: number;
  /** Pages that were met, so that no circle is followed. */
  private readonly met: Uint8Array;
  constructor(descriptor: number, pageSize: number, pages: number) {
    this.descriptor = descriptor;
    this.pageSize = pageSize;
    this.pages = pages;
    this.met = new Uint8Array(pages);
  }

  /** The page and all below it. */
  tree(number: bigint, depth = 0): string | undefined {
    if (number === NO_PAGE) return undefined;
    if (number >= this.pages) return this.cut(number);
    const page = this.read(Number(number), this.pageSize);
    const flags = page.readUInt16LE(PAGE.flags);
    const end = HEADER + page.readUInt16LE(PAGE.lower);
    if (
      (flags & (BRANCH | LEAF)) === 0 ||
      page.readBigUInt64LE(PAGE.number) !== number ||
      end > page.length ||
      depth > MAX_DEPTH ||
      this.isMet(number)
    )
      return this.wrong(number);
    for (let slot = HEADER; slot + 1 < end; slot += 2) {
      const at = HEADER + page.readUInt16LE(slot);
      if (at + NODE.key > page.length) return this.wrong(number);
      const wrong = flags & BRANCH ? this.branch(page, at, depth) : this.leaf(page, at, depth, number);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }

  private branch(page: Buffer, at: number, depth: number): string | undefined {
    const low = page.readUInt32LE(at + NODE.low);
    return this.tree((BigInt(page.readUInt16LE(at + NODE.flags)) << 32n) | BigInt(low), depth + 1);
  }

  private leaf(page: Buffer, at: number, depth: number, number: bigint): string | undefined {
    const flags = page.readUInt16LE(at + NODE.flags);
    if ((flags & (BIG_DATA | SUB_DATABASE)) === 0) return undefined;
    const data = at + NODE.key + page.readUInt16LE(at + NODE.keySize);
    const isTree = (flags & SUB_DATABASE) !== 0;
    if (data + (isTree ? ROOT : OVERFLOW_PAGES) + 8 > page.length) return this.wrong(number);
    if (isTree) return this.tree(page.readBigUInt64LE(data + ROOT), depth + 1);
    return this.overflow(page.readBigUInt64LE(data), page.readBigUInt64LE(data + OVERFLOW_PAGES));
  }

  /** Pages of a value that is longer than a page: only the first says what it is. */
  private overflow(number: bigint, count: bigint): string | undefined {
    if (number + count > this.pages) return this.cut(number);
    const header = this.read(Number(number), HEADER);
    return (header.readUInt16LE(PAGE.flags) & OVERFLOW) !== 0 &&
      header.readBigUInt64LE(PAGE.number) === number &&
      BigInt(header.readUInt32LE(PAGE.overflowPages)) === count &&
      !this.isMet(number)
      ? undefined
      : this.wrong(number);
  }

  private isMet(number: bigint): boolean {
    const isMet = this.met[Number(number)] === 1;
    this.met[Number(number)] = 1;
    return isMet;
  }

  private read(number: number, bytes: number): Buffer {
    const page = Buffer.alloc(bytes);
    readSync(this.descriptor, page, 0, bytes, number * this.pageSize);
    return page;
  }

  private wrong(number: bigint): string {
    return `page ${number} (byte ${number * BigInt(this.pageSize)}) is not what it should be`;
  }

  private cut(number: bigint): string {
    return `it was cut short to ${this.pages * this.pageSize} bytes: page ${number} is missing`;
  }
}
