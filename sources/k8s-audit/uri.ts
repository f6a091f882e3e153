import type { ByteString } from '../../engine/index.ts';

/** What must not stand in the name of a host (`shouldEscape` of Go's net/url, for hosts). */
const WRONG_IN_HOST = /[\0- #%/?@\\^`{|}\x7f]/;

/**
 * The first value of a parameter in the query of a URI, as Go's `url.Parse` and `url.ParseQuery` find it: undefined if there is none, and if anything of the URI is
 * malformed.
 */
export function queryParameter(uri: ByteString, name: ByteString): ByteString | undefined {
  const hash = uri.indexOf('#');
  const before = hash < 0 ? uri : uri.slice(0, hash);
  if (hash >= 0 && !isEscaped(uri.slice(hash + 1))) return undefined;
  const query = queryOf(before);
  if (query === undefined) return undefined;
  let found: ByteString | undefined;
  for (const part of query.split('&')) {
    if (part === '') continue;
    if (part.includes(';')) return undefined;
    const equals = part.indexOf('=');
    const key = unescapedPart(equals < 0 ? part : part.slice(0, equals));
    const value = unescapedPart(equals < 0 ? '' : part.slice(equals + 1));
    if (key === undefined || value === undefined) return undefined;
    if (key === name) found ??= value;
  }
  return found;
}

/** What stands behind the question mark; undefined if the URI before it is none. */
function queryOf(uri: ByteString): ByteString | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(uri)) return undefined;
  if (uri.startsWith(':')) return undefined;
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(uri)?.[0] ?? '';
  const rest = uri.slice(scheme.length);
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (!path.startsWith('/')) {
    if (scheme !== '') return query;
    if (path.split('/', 1)[0]!.includes(':')) return undefined;
    return isEscaped(path) ? query : undefined;
  }
  if (!path.startsWith('//') || (scheme === '' && path.startsWith('///')))
    return isEscaped(path) ? query : undefined;
  const slash = path.indexOf('/', 2);
  const authority = slash < 0 ? path.slice(2) : path.slice(2, slash);
  return isAuthority(authority) && isEscaped(slash < 0 ? '' : path.slice(slash)) ? query : undefined;
}

/** `user:password@host:port`, each as Go takes it. */
function isAuthority(authority: ByteString): boolean {
  const at = authority.lastIndexOf('@');
  const user = authority.slice(0, Math.max(at, 0));
  const host = authority.slice(at + 1);
  if (at >= 0 && (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) || !isEscaped(user))) return false;
  if (host.startsWith('[')) {
    const close = host.lastIndexOf(']');
    if (close < 0 || !/^(?::\d*)?$/.test(host.slice(close + 1))) return false;
    return !WRONG_IN_HOST.test(host.slice(0, close).replace(/%25.*/, ''));
  }
  const colon = host.lastIndexOf(':');
  if (colon >= 0 && !/^:\d*$/.test(host.slice(colon))) return false;
  // Bytes beyond ASCII may be escaped in a host, others not.
  return isEscaped(host) && !WRONG_IN_HOST.test(host.replace(/%[89a-fA-F][\da-fA-F]/g, ''));
}

/** Whether each percent sign begins an escape. */
const isEscaped = (text: ByteString): boolean => !/%(?![\da-fA-F]{2})/.test(text);

function unescapedPart(text: ByteString): ByteString | undefined {
  if (!isEscaped(text)) return undefined;
  return text
    .replaceAll('+', ' ')
    .replace(/%([\da-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
