import {
  categoryOf,
  eventReference,
  isSeen,
  PARAMETER_TYPES,
  seenPart,
  type EventReference,
  type FlagValues,
  type ParamInfo,
  type ParamType,
} from '../engine/index.ts';
import { markdownTable } from './columns.ts';
import { EVENT_TITLES, introduction } from './event-text.ts';

const code = (text: string): string => `\`${text}\``;

/** The reference page of events. */
export function eventsMarkdown(
  events: readonly EventReference[] = eventReference().filter(isSeen).map(seenPart),
): string {
  const params = events.flatMap(({ types }) => types.flatMap(({ info }) => info.params));
  const sections = EVENT_TITLES.flatMap(([kind, title]) => {
    const ofKind = events.filter((event) => event.kind === kind);
    if (ofKind.length === 0) return [];
    const list =
      kind === 'generic'
        ? ofKind.map(({ name }) => code(name)).join(', ')
        : markdownTable(['event', 'category', 'parameters'], ofKind.flatMap(rowsOf));
    return [`## ${title}\n\n${introduction(kind, ofKind)}\n\n${list}\n`];
  });
  return `# Events

What \`evt.type\` can be, and which parameters each event has; \`tiercel events\` prints the same, \`tiercel events openat\` all about one. A parameter is \`evt.arg.flags\`, or
\`evt.arg[3]\` by its place from 0, as text, and \`evt.rawarg.flags\` as the number that it is. Rules see a system call once, when it ends. Captures of older drivers
are read as if today's had made them; \`tiercel events --all\` lists their types too.

${sections.join('\n')}
## Types of parameters

${markdownTable(['type', 'a parameter of this type is'], typeRows(params))}

## Flags and values

The numbers are those of Falco's driver, which are not always those of the kernel.

${markdownTable(['parameter', 'names and numbers'], valueRows(events))}
`;
}

function rowsOf({ name, syscalls, types }: EventReference): string[][] {
  const others = syscalls.filter((syscall) => syscall !== name).map(code);
  const rows = types.map(({ info, status }) => [
    code(name) +
      (others.length === 0 ? '' : ` (${others.join(', ')})`) +
      (status === 'current' ? '' : `, ${status}`),
    categoryOf(info) ?? '*of the fd*',
    info.params.map((param) => `${code(param.name)} ${param.type}`).join(', ') || 'none',
  ]);
  // Both halves of `drop` are the same.
  return rows.filter((row, i) => i === 0 || row.join() !== rows[i - 1]!.join());
}

function typeRows(params: readonly ParamInfo[]): string[][] {
  const used = new Set(params.map(({ type }) => type));
  return Object.entries(PARAMETER_TYPES)
    .filter(([type]) => used.has(type as ParamType))
    .map(([type, meaning]) => [type, meaning]);
}

/** Each set of flags once, with the parameters that have it. */
function valueRows(events: readonly EventReference[]): string[][] {
  const users = new Map<FlagValues, Map<string, Set<string>>>();
  for (const { name: event, types } of events)
    for (const { info } of types)
      for (const { name, values } of info.params) {
        if (values === undefined) continue;
        const ofSet = users.get(values) ?? new Map<string, Set<string>>();
        users.set(values, ofSet.set(name, (ofSet.get(name) ?? new Set<string>()).add(event)));
      }
  return [...users].map(([values, names]) => [
    [...names].map(([name, of]) => `${code(name)} of ${[...of].map(code).join(', ')}`).join('; '),
    values.map(([name, value]) => `${code(name)} ${value}`).join(', '),
  ]);
}
