import { templateText } from './sidekick-block.ts';

/** What Go's templates call the parts of an alert in messages of falcosidekick. */
const PARTS: Readonly<Record<string, string>> = {
  '.Output': '%output',
  '.Priority': '%priority',
  '.Rule': '%rule',
  '.Time': '%time',
  '.Source': '%source',
  '.Hostname': '%hostname',
  '.Tags': '%tags',
};

const FIELD = /^(?:index\s+\.(?:OutputFields)?\s+"([^"]+)"|\.(?:OutputFields\.)?([a-z]\w*))$/;
const NAME = /^[A-Za-z_]\w*(?:\.\w+)*(?:\[[^\]]*\])?$/;

/** A template of Go in Falco's output language; undefined where it does more than naming parts of the alert. */
export function fromGoTemplate(source: string): string | undefined {
  let text = '';
  let at = 0;
  for (const match of source.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)) {
    const [whole, action = ''] = match;
    const [, indexed, plain] = FIELD.exec(action) ?? [];
    const name = indexed ?? plain;
    const part = PARTS[action] ?? (name !== undefined && NAME.test(name) ? `%${name}` : undefined);
    if (part === undefined || whole.includes('{{-') || whole.includes('-}}')) return undefined;
    text += templateText(source.slice(at, match.index)) + part;
    at = match.index + whole.length;
    // What follows must not become part of the name.
    if (/^(?:\w|\.\w|\[|\()/.test(source.slice(at))) return undefined;
  }
  const rest = source.slice(at);
  return rest.includes('{{') ? undefined : text + templateText(rest);
}
