import { markdownTable } from '../cli/columns.ts';
import type { Setting } from '../outputs/setting-list.ts';

/** Settings as a table. */
export const settingsTable = (settings: readonly Setting[]): string =>
  markdownTable(
    ['setting', 'type', 'default', 'meaning'],
    settings.map(({ path, type, default: value, required, secret, description }) => [
      `\`${path.join('.')}\``,
      type,
      required ? 'required' : value === undefined || value === '' || value === '{}' ? '' : `\`${value}\``,
      secret ? `Secret. ${description}` : description,
    ]),
  );
