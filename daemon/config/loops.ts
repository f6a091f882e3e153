import { hostname } from 'node:os';
import type { ListenAddress } from '../inputs/address.ts';
import type { ConfiguredInput } from './configured-input.ts';
import type { Tree } from './own-tree.ts';

/**
 * The setting by which what goes to an output comes back through an input; undefined if it does not. Falco's `http_output` and `file_output` often are
 * the very way here.
 *
 * @param path The path of a file that settings name.
 */
export function leadsBack(
  kind: string,
  settings: Tree,
  inputs: readonly ConfiguredInput[],
  path: (name: string) => string,
): 'url' | 'path' | undefined {
  const settingsOf = (wanted: string): readonly Tree[] =>
    inputs.filter((input) => input.kind.kind === wanted).map((input) => input.settings as Tree);
  switch (kind) {
    case 'http': {
      const ports = settingsOf('http').map(({ listen }) => (listen as ListenAddress).port);
      return ports.includes(portHere(String(settings['url'])) ?? -1) ? 'url' : undefined;
    }
    case 'file': {
      const files = settingsOf('file').flatMap((input) =>
        [input['path']].flat().map((one) => path(String(one))),
      );
      return files.includes(path(String(settings['path']))) ? 'path' : undefined;
    }
    default:
      return undefined;
  }
}

/** The port of an address on this machine; undefined for others. */
function portHere(url: string): number | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname: host, port, protocol } = new URL(url);
  const here = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/.test(host) || host === hostname();
  return here ? Number(port || (protocol === 'https:' ? 443 : 80)) : undefined;
}
