/** A proxy for HTTP, and what it wants to know of us. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The proxy for an address: the one of the settings, or that of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, also in small letters) unless
 * `NO_PROXY` names the host; undefined for none.
 */
export function proxyFor(
  url: URL,
  setting: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Proxy | undefined {
  if (setting === 'none') return undefined;
  const address = setting ?? environmentProxy(url, env);
  return address === undefined ? undefined : parseProxy(address);
}

function environmentProxy(url: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const variable = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const address = variable(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? variable('ALL_PROXY');
  return address === undefined || exempt(url, variable('NO_PROXY') ?? '') ? undefined : address;
}

/** Whether a list such as `localhost,.internal,10.0.0.5:8080,*` names the host of an address. */
function exempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, only] = /^(.*[^:]):(\d+)$/.exec(entry) ?? [];
      if (only !== undefined && only !== port) return false;
      const suffix = name
        .replace(/^\*?\./, '')
        .replace(/^\[|\]$/g, '')
        .toLowerCase();
      return host === suffix || host.endsWith(`.${suffix}`);
    });
}

/** Throws if an address of a proxy is none. */
export function parseProxy(address: string): Proxy {
  const text = address.includes('://') ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:')
    throw new Error(
      'the address of a proxy is http://host:port, with user:password@ before the host if need be',
    );
  const user = decodeURIComponent(url.username);
  const credentials = `${user}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 80),
    headers:
      user === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}
