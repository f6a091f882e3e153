import { Command, Option } from 'commander';
import {
  categoryOf,
  didYouMean,
  DiagnosticError,
  eventReference,
  isSeen,
  seenPart,
  type EventReference,
  type ParamInfo,
} from '../engine/index.ts';
import { layoutOf } from './columns.ts';
import { eventsMarkdown } from './event-markdown.ts';
import { renderEvent, renderEvents } from './event-text.ts';

interface Flags {
  readonly all?: true;
  readonly json?: true;
  readonly markdown?: true;
  readonly names?: true;
}

const EXAMPLES = `
Examples:
  $ tiercel events                  every event that rules see, with its parameters
  $ tiercel events openat           one event: types, formats and flags of its parameters
  $ tiercel events --all openat     with the types of older drivers
  $ tiercel events --names | grep chmod
  $ tiercel events --json | jq -r '.[] | select(.types[].flags | index("creates_fd")) | .name' | sort -u

The names stand in conditions as evt.type = openat; a parameter is evt.arg.flags (text), evt.rawarg.flags (number) or, by its place, evt.arg[3].

Exit status: 0 fine; 2 there is no such event.`;

/** `tiercel events [NAME]`: what `evt.type` can be, and the parameters that events have. */
export function eventsCommand(): Command {
  return new Command('events')
    .description(
      'Lists the events that rules see by their names in evt.type, and the parameters that they have.',
    )
    .argument('[name]', 'one event, or a system call')
    .option('--all', 'also what rules do not see: helpers, and the types of older drivers')
    .addOption(
      new Option('--json', 'everything that is known of them, as JSON').conflicts(['markdown', 'names']),
    )
    .addOption(new Option('--markdown', 'as the reference page has it').conflicts('names'))
    .option('--names', 'only the names, one per line')
    .addHelpText('after', EXAMPLES)
    .action((name: string | undefined, { all, json, markdown, names }: Flags) => {
      const found =
        name === undefined ? eventReference().filter((event) => all || isSeen(event)) : findEvents(name);
      const events = found.map((event) => (all || !isSeen(event) ? event : seenPart(event)));
      const layout = layoutOf(process.stdout);
      const text = json
        ? JSON.stringify(events.map(eventJson), undefined, 2)
        : markdown
          ? eventsMarkdown(events).trimEnd()
          : names
            ? events.map((event) => event.name).join('\n')
            : name === undefined
              ? renderEvents(events, layout)
              : events.map((event) => renderEvent(event, layout)).join('\n\n');
      process.stdout.write(`${text}\n`);
    });
}

/** The event of that name, else the events that a system call of that name has. Throws a `DiagnosticError` if there is none. */
export function findEvents(name: string): readonly EventReference[] {
  const events = eventReference();
  const named = events.filter((event) => event.name === name);
  const found = named.length > 0 ? named : events.filter(({ syscalls }) => syscalls.includes(name));
  if (found.length > 0) return found;
  const known = events.filter(isSeen).flatMap((event) => [event.name, ...event.syscalls]);
  throw new DiagnosticError({
    code: 'EVENT_UNKNOWN',
    severity: 'error',
    message: `there is no event and no system call "${name}"`,
    hint: didYouMean(name, known) ?? 'tiercel events --names lists all',
  });
}

/** An event for machines. */
function eventJson({ name, kind, syscalls, types }: EventReference): object {
  return {
    name,
    kind,
    syscalls,
    types: types.map(({ info, status }) => ({
      symbol: info.symbol,
      code: info.code,
      direction: info.enter ? '>' : '<',
      status,
      category: categoryOf(info) ?? null,
      flags: info.flags,
      parameters: info.params.map((param) => parameterJson(param, info.params)),
    })),
  };
}

function parameterJson(param: ParamInfo, all: readonly ParamInfo[]): object {
  const { name, type, format, values, dirfd, variants } = param;
  return {
    name,
    type,
    format,
    ...(values !== undefined && {
      values: values.map(([valueName, value]) => ({ name: valueName, value })),
    }),
    ...(dirfd !== undefined && { directory: all[dirfd]?.name ?? null }),
    ...(variants !== undefined && { variants: variants.map((variant) => parameterJson(variant, all)) }),
  };
}
