import type { ByteString } from '../bytes.ts';

/** Paths that Falco builds have less than this many bytes: SCAP_MAX_PATH_SIZE. */
export const MAX_PATH = 1024;

const SLASH = 0x2f;
const DOT = 0x2e;
const REPLACEMENT = '\xef\xbf\xbd';

/**
 * Length of the printable UTF-8 character at `i`. Negative where there is none: so many bytes are replaced as a whole (control
 * characters, non-characters, the longest valid beginning of a broken sequence).
 */
export function characterLength(text: ByteString, i: number): number {
  const c = text.charCodeAt(i);
  if (c < 0x80) return c >= 0x20 && c !== 0x7f ? 1 : -1;
  if (c < 0xc2 || c > 0xf4) return -1;
  const second = text.charCodeAt(i + 1);
  if (c < 0xe0) {
    if ((second & 0xc0) !== 0x80) return -1;
    return (((c & 0x1f) << 6) | (second & 0x3f)) > 0x9f ? 2 : -2;
  }
  const third = text.charCodeAt(i + 2);
  if (c < 0xf0) {
    if (!(second >= (c === 0xe0 ? 0xa0 : 0x80) && second <= (c === 0xed ? 0x9f : 0xbf))) return -1;
    if ((third & 0xc0) !== 0x80) return -2;
    const point = ((c & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
    return (point >= 0xfdd0 && point <= 0xfdef) || point >= 0xfffe ? -3 : 3;
  }
  if (!(second >= (c === 0xf0 ? 0x90 : 0x80) && second <= (c === 0xf4 ? 0x8f : 0xbf))) return -1;
  if ((third & 0xc0) !== 0x80) return -2;
  const fourth = text.charCodeAt(i + 3);
  if ((fourth & 0xc0) !== 0x80) return -3;
  return (second & 0x0f) === 0x0f && third === 0xbf && fourth >= 0xbe ? -4 : 4;
}

/**
 * Text in which everything that is not printable UTF-8 is replaced by U+FFFD, as Falco shows it. What replacements make longer than `longest`
 * ends at the last character that fits.
 */
export function sanitize(text: ByteString, longest = Infinity): ByteString {
  if (onlyPrintableAscii.test(text)) return text;
  let clean = '';
  for (let i = 0; i < text.length;) {
    const length = characterLength(text, i);
    const next = length > 0 ? text.slice(i, i + length) : REPLACEMENT;
    if (clean.length + next.length > longest) break;
    clean += next;
    i += Math.abs(length);
  }
  return clean;
}

const onlyPrintableAscii = /^[ -~]*$/;

/**
 * Whether a path needs no cleaning: printable ASCII, no component that is empty or begins with a dot (but for a first slash), and no slash at its end.
 */
function isClean(path: ByteString): boolean {
  const { length } = path;
  let before = 0;
  for (let i = 0; i < length; i++) {
    const code = path.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
    if (code === DOT ? before === SLASH || i === 0 : code === SLASH && before === SLASH) return false;
    before = code;
  }
  return length > 0 && before !== SLASH;
}

/**
 * `path` as seen from the directory `base`, which ends with a slash: without `.`, `..`, double and trailing slashes, with what is not
 * printable replaced. An absolute `path` stands for itself. A path that would be too long becomes `/DIR_TOO_LONG/FILENAME_TOO_LONG`.
 */
export function concatenatePaths(base: ByteString, path: ByteString): ByteString {
  if (base.length + path.length + 1 > MAX_PATH) return '/DIR_TOO_LONG/FILENAME_TOO_LONG';
  if (isClean(path)) return path.charCodeAt(0) === SLASH ? path : base + path;
  let out = path !== '' && path.charCodeAt(0) !== SLASH ? base : '';
  const emptyBase = out === '';
  for (let i = 0; i < path.length;) {
    const code = path.charCodeAt(i);
    if (code === 0) break;
    const length = characterLength(path, i);
    const atComponent = out === '' || out.charCodeAt(out.length - 1) === SLASH;
    let add: ByteString;
    if (length !== 1) add = length > 0 ? path.slice(i, i + length) : REPLACEMENT;
    else if (code === DOT && atComponent) {
      const dots = dotsAt(path, i);
      if (dots === 2 && out.length > 1) out = out.slice(0, out.lastIndexOf('/', out.length - 2) + 1);
      // The slash after the dots goes with them.
      if (dots > 0) {
        i += endsAt(path, i + dots) ? dots : dots + 1;
        continue;
      }
      add = '.';
    } else if (code === SLASH && (out === '' ? !emptyBase : atComponent)) {
      i++;
      continue;
    } else add = path[i]!;
    if (out.length + add.length >= MAX_PATH) return out;
    out += add;
    i += Math.abs(length);
  }
  return out.length > 1 && out.endsWith('/') ? out.slice(0, -1) : out;
}

/** 1 or 2 for a component `.` or `..` at `i`, else 0. */
function dotsAt(path: ByteString, i: number): number {
  const dots = path.charCodeAt(i + 1) === DOT ? 2 : 1;
  return endsAt(path, i + dots) || path.charCodeAt(i + dots) === SLASH ? dots : 0;
}

function endsAt(path: ByteString, i: number): boolean {
  return i >= path.length || path.charCodeAt(i) === 0;
}
