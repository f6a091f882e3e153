import {
  categoryOf,
  EVENT_FLAGS,
  EVENT_KINDS,
  EVENT_STATUS,
  isSeen,
  PARAMETER_TYPES,
  type EventKind,
  type EventReference,
  type EventTypeReference,
  type ParamInfo,
} from '../engine/index.ts';
import { paint, renderRows, wrap, type Layout, type Row } from './columns.ts';

/** The kinds of events in the order in which lists have them, with the headings there. */
export const EVENT_TITLES: readonly (readonly [kind: EventKind, title: string])[] = [
  ['syscall', 'System calls'],
  ['generic', 'System calls of which only the name is recorded'],
  ['tracepoint', 'Other events of the kernel'],
  ['meta', 'Events beside those of the kernel'],
  ['plugin', 'Events of plug-ins'],
  ['iterator', 'What was there before the recording'],
];

const namesOf = ({ info }: EventTypeReference): string => info.params.map((param) => param.name).join(', ');

/** What to say of the events of a kind. */
export function introduction(kind: EventKind, events: readonly EventReference[]): string {
  if (kind !== 'generic') return EVENT_KINDS[kind];
  return `${EVENT_KINDS[kind]} Their parameters are ${namesOf(events[0]!.types[0]!)}.`;
}

/** Names and parameters of events for people, kind by kind. */
export function renderEvents(events: readonly EventReference[], layout: Layout): string {
  const sections: string[] = [];
  for (const [kind, title] of EVENT_TITLES) {
    const ofKind = events.filter((event) => event.kind === kind);
    if (ofKind.length === 0) continue;
    const names = ofKind.map(({ name }) => name).join(', ');
    sections.push(
      [
        paint(['bold', 'underline'], title, layout),
        ...wrap(introduction(kind, ofKind), layout.width),
        '',
        ...(kind === 'generic'
          ? wrap(names, layout.width - 2).map((line) => `  ${line}`)
          : [renderRows(ofKind.flatMap(rowsOf), layout)]),
      ].join('\n'),
    );
  }
  return sections.join('\n\n');
}

/** A row for each type, the name in the first. */
function rowsOf({ name, types }: EventReference): readonly Row[] {
  return types.map((type, i) => ({
    names: [i === 0 ? name : ''],
    kind: type.info.enter ? '>' : '<',
    text: `${type.status === 'current' ? '' : `(${type.status}) `}${namesOf(type) || '(no parameters)'}`,
  }));
}

/** Everything about one event, for people. */
export function renderEvent(event: EventReference, layout: Layout): string {
  const { name, kind, syscalls, types } = event;
  const paragraphs: string[] = [EVENT_KINDS[kind]];
  const others = syscalls.filter((syscall) => syscall !== name);
  if (others.length > 0)
    paragraphs.push(`It stands for ${syscalls.join(', ')}; evt.type is never ${others.join(' or ')}.`);
  const example = types[0]!.info.params[0]?.name;
  if (!isSeen(event)) paragraphs.push('Rules never see it.');
  else
    paragraphs.push(
      `In conditions: evt.type = ${name}${example === undefined ? '' : `, evt.arg.${example} or evt.arg[0], evt.rawarg.${example}`}.`,
    );
  return [
    paint('bold', name, layout),
    ...paragraphs.flatMap((paragraph) => wrap(paragraph, layout.width)),
    ...types.flatMap((type) => ['', ...renderType(type, layout)]),
  ].join('\n');
}

function renderType(type: EventTypeReference, layout: Layout): string[] {
  const { info, status } = type;
  const { params, flags, symbol, enter } = info;
  const what = [
    `${enter ? '>' : '<'} ${symbol}`,
    `category ${categoryOf(info) ?? 'of the fd'}`,
    ...(status === 'current' ? [] : [EVENT_STATUS[status]]),
    ...flags.flatMap((flag) => EVENT_FLAGS[flag] ?? []),
  ];
  const rows = params.map((param, i) => ({
    names: [`${i} ${param.name}`],
    kind: param.type,
    text: parameterText(type, i),
  }));
  return [
    ...wrap(what.join('; '), layout.width),
    rows.length === 0 ? '  (no parameters)' : renderRows(rows, layout),
  ];
}

const FORMATS: Partial<Record<ParamInfo['format'], string>> = { hex: 'hexadecimal', oct: 'octal' };

/** Only numbers, and modes beside their names, are shown in their format. */
const HAS_FORMAT = /^u?int|^mode$/;

/** What parameter `i` is, with the names of its flags or values. */
function parameterText({ info }: EventTypeReference, i: number): string {
  const { params, enter, classes } = info;
  const { type, format, dirfd, values, variants } = params[i]!;
  const directory = dirfd === undefined ? undefined : params[dirfd]?.name;
  let text = PARAMETER_TYPES[type];
  if (directory !== undefined) text = text.replace('another parameter', directory);
  if (format in FORMATS && HAS_FORMAT.test(type)) text += `, ${FORMATS[format]}`;
  // The result of a call that makes an fd.
  if (i === 0 && type === 'fd' && !enter && classes.includes('syscall'))
    text += '; where the call failed, its error (`ENOENT`)';
  if (variants !== undefined)
    text += `: ${variants.map((variant) => [variant.name, variant.type].filter(Boolean).join(' ')).join(', ')}`;
  if (values !== undefined)
    text += `: ${values.map(([name, value]) => `${name}=${numberText(value, format)}`).join(', ')}`;
  return text;
}

function numberText(value: number, format: ParamInfo['format']): string {
  if (format === 'oct') return `0${value.toString(8)}`;
  return format === 'hex' ? `0x${value.toString(16)}` : String(value);
}
