import {
  bindField,
  bindPluginFields,
  compileCondition,
  compileOutput,
  ConditionError,
  DiagnosticError,
  fieldText,
  fromBytes,
  NOT_AVAILABLE,
  parseOperand,
  toBytes,
  toJson,
  type ByteString,
  type Event,
  type FieldLookup,
  type JsonValue,
  type Output,
  type Source,
} from '../../engine/index.ts';

/** Writes an event as a line, without its line feed; undefined for one that is left out. */
export type EventWriter = (event: Event) => ByteString | undefined;

/** The ways to show the time in the lines of `eventLines`. */
export const TIMES = {
  /** Time of day in the local zone. */
  local: '%evt.outputtime',
  /** Day and time in UTC. */
  utc: '%evt.time.iso8601',
  /** Seconds since the first event of the capture. */
  relative: '%evt.reltime.s.%evt.reltime.ns',
  /** Seconds since the line before. */
  delta: '%evt.deltatime.s.%evt.deltatime.ns',
} as const;
export type TimeKind = keyof typeof TIMES;

/** Lines as sysdig prints them: number, time, CPU, process, thread, direction, type, parameters; for other sources than system calls as these say. */
export function eventLines(time: TimeKind): EventWriter {
  const calls = formatLines(
    `*%evt.num ${TIMES[time]} %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info`,
  );
  const others = new Map<Source, EventWriter>();
  return (event) => {
    const { origin } = event;
    if (origin === undefined) return calls(event);
    let write = others.get(origin);
    if (write === undefined) others.set(origin, (write = sourceLines(origin, time)));
    return write(event);
  };
}

/** Lines of events of another source: number, time, source, and what the source says of them in a line. */
function sourceLines({ fields, line }: Source, time: TimeKind): EventWriter {
  // Time since the line before is a field of system calls only.
  const kind = time === 'delta' ? 'relative' : time === 'local' ? 'day' : time;
  const lookup = bindPluginFields(fields);
  return formatLines(`*%evt.num ${{ ...TIMES, day: '%evt.datetime' }[kind]} %evt.source ${line}`, lookup);
}

/**
 * Lines in a format as that of a rule's output. An event that lacks one of its fields is left out, unless the format begins with `*`: then `<NA>`
 * stands for what is missing (`sinsp_evt_formatter` of libsinsp). Throws a `DiagnosticError` that points into the format.
 */
export function formatLines(format: string, fields: FieldLookup = bindField): EventWriter {
  const output = outputOf(format, fields);
  return format.startsWith('*') ? output.text : output.completeText;
}

/** The fields of a format as JSON, one object a line; what an event lacks is null, or leaves it out as in `formatLines`. */
export function formatJson(format: string, fields: FieldLookup = bindField): EventWriter {
  const output = outputOf(format, fields);
  return format.startsWith('*')
    ? (event) => toJson(output.fields(event), 'given')
    : (event) => {
        const fields = output.fields(event);
        return [...fields.values()].includes(null) ? undefined : toJson(fields, 'given');
      };
}

function outputOf(format: string, fields: FieldLookup): Output {
  const source = toBytes(format);
  const output = compileOutput(source, fields);
  if (!('error' in output)) return output;
  const word = /^%[\w.]*/.exec(source.slice(output.at))?.[0] ?? '';
  const isUnknown = output.error.startsWith('unknown filter');
  throw new DiagnosticError({
    code: 'LOAD_ERR_COMPILE_OUTPUT',
    severity: 'error',
    message: isUnknown ? `"${word}" is no field of events` : output.error,
    ...placeIn(source, output.at),
    endColumn: placeIn(source, output.at).column + Math.max(1, word.length),
    hint: 'fields are written as %proc.name or %evt.arg[0]; there is no way to write a % of its own',
  });
}

/** A column: a field, or transformers round fields. */
export interface Column {
  /** As written. */
  readonly name: ByteString;
  readonly text: (event: Event) => ByteString | undefined;
  readonly json: (event: Event) => JsonValue;
}

/** The columns that a list stands for: `proc.name,tolower(fd.name)`. Throws a `DiagnosticError` that points into the list. */
export function columnsOf(list: string, fields: FieldLookup = bindField): Column[] {
  const source = toBytes(list);
  const columns: Column[] = [];
  let at = skipBlanks(source, 0);
  for (;;) {
    const { column, end } = columnAt(source, at, fields);
    columns.push(column);
    at = skipBlanks(source, end);
    if (at === source.length) return columns;
    if (source[at] !== ',') throw columnError('expected a comma between two fields', source, at);
    at = skipBlanks(source, at + 1);
  }
}

function columnAt(
  source: ByteString,
  at: number,
  fields: FieldLookup,
): { readonly column: Column; readonly end: number } {
  try {
    const { operand, end } = parseOperand(source.slice(at));
    compileCondition({ kind: 'unary', op: 'exists', left: operand, position: operand.position }, fields);
    const name = source.slice(at, at + end);
    const output = compileOutput(`%${name}`, fields);
    if ('error' in output) throw columnError(`${name} has no value to show`, source, at);
    const text = output.completeText;
    const json = (event: Event): JsonValue => {
      // Falco's fields of an output are those within transformers.
      if (operand.kind === 'field') return output.fields(event).values().next().value ?? null;
      const value = text(event);
      return value === undefined ? null : fieldText(value);
    };
    return { column: { name, text, json }, end: at + end };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw columnError(error.message, source, at + error.position.index);
  }
}

function columnError(message: ByteString, source: ByteString, at: number): DiagnosticError {
  return new DiagnosticError({
    code: 'LOAD_ERR_COMPILE_OUTPUT',
    severity: 'error',
    message: fromBytes(message),
    ...placeIn(source, at),
    hint: 'fields stand between commas: proc.name,fd.name,evt.arg.flags',
  });
}

function skipBlanks(source: ByteString, from: number): number {
  let at = from;
  while (source[at] === ' ') at++;
  return at;
}

/** Columns with tabs between them; `<NA>` stands for what is missing, `\t` and the like for what would break the line. */
export function tabbedColumns(columns: readonly Column[]): EventWriter {
  return (event) => columns.map(({ text }) => escaped(text(event) ?? NOT_AVAILABLE)).join('\t');
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escaped = (text: ByteString): ByteString => text.replace(/[\t\n\r]/g, (unit) => ESCAPES[unit]!);

/** Columns as one JSON object a line; what is missing is null. */
export function columnsJson(columns: readonly Column[]): EventWriter {
  return (event) => toJson(new Map(columns.map(({ name, json }) => [name, json(event)])), 'given');
}

function placeIn(source: ByteString, index: number): { text: string; line: number; column: number } {
  const before = source.slice(0, index).split('\n');
  return {
    text: fromBytes(source),
    line: before.length,
    column: fromBytes(before.at(-1)!).length + 1,
  };
}
