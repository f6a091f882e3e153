/**
 * Text of an alert: Falco's own line, the alert's JSON, or a template in Falco's output language over what the alert says. In a template stand for the alert
 * itself `%rule`, `%priority`, `%time`, `%hostname`, `%source`, `%tags`, `%output`, `%id`, `%input` and `%json`; every other name is one of its `output_fields`
 * (`%k8s.ns.name`, `%proc.aname[2]`). Widths (`%10proc.name`) and transformers (`%toupper(priority)`) are Falco's; `%%` is a percent sign.
 */
import {
  compileOutput,
  fromBytes,
  NOT_AVAILABLE,
  toBytes,
  type Event,
  type Field,
  type FieldLookup,
} from '../engine/index.ts';
import type { FieldJson, RoutedAlert } from './alert.ts';
import { printJson, shownText, type Json } from './json.ts';

/** What the values in a text are escaped for; what stands in the template itself is not touched. */
export type Escape = 'none' | 'json' | 'html' | 'slack' | 'line' | 'url';

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;',
}; // prettier-ignore

/** Escapes a value, so that it is nothing but text where it stands. */
export const ESCAPES: Readonly<Record<Escape, (value: string) => string>> = {
  none: (value) => value,
  /** Within the quotes of a string in JSON. */
  json: (value) => JSON.stringify(value).slice(1, -1),
  html: (value) => value.replace(/[&<>"']/g, (mark) => HTML[mark]!),
  /** Slack's three marks: without them there are no links and mentions. */
  slack: (value) => value.replace(/[&<>]/g, (mark) => HTML[mark]!),
  /** In one line: of a file, of a header, of syslog. */
  // eslint-disable-next-line no-control-regex
  line: (value) => value.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, controlPicture),
  // Half a character has no bytes of its own.
  url: (value) => encodeURIComponent(Buffer.from(value).toString()),
};

function controlPicture(mark: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[mark];
  return short ?? `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A compiled template. */
export interface Template {
  /** As written. */
  readonly source: string;
  /** The text for an alert. */
  readonly text: (alert: RoutedAlert) => string;
}

/** A template that cannot be compiled. */
export class TemplateError extends Error {
  /** Index of the character that it is about. */
  readonly at: number;
  readonly hint: string | undefined;
  constructor(message: string, at: number, hint?: string) {
    super(message);
    this.name = 'TemplateError';
    this.at = at;
    this.hint = hint;
  }
}

type Part = string | ((alert: RoutedAlert) => string);

const NAME = /([A-Za-z_]\w*(?:\.\w+)*)(?:\[([^\]]*)\])?/y;
const WIDTH = /\d{0,7}/y;

/** Compiles a template; throws a `TemplateError`. */
export function compileTemplate(source: string, escape: Escape = 'none'): Template {
  const parts: Part[] = [];
  const escaped = ESCAPES[escape];
  let at = 0;
  while (at < source.length) {
    const percent = source.indexOf('%', at);
    if (percent !== at) parts.push(source.slice(at, percent < 0 ? undefined : percent));
    if (percent < 0) break;
    if (source[percent + 1] === '%') {
      parts.push('%');
      at = percent + 2;
      continue;
    }
    WIDTH.lastIndex = percent + 1;
    const width = Number(WIDTH.exec(source)![0]);
    const { value, end } = operandAt(source, WIDTH.lastIndex, percent);
    parts.push((alert) => escaped(fitted(value(alert), width)));
    at = end;
  }
  return {
    source,
    text: (alert) => {
      let text = '';
      for (const part of parts) text += typeof part === 'string' ? part : part(alert);
      return text;
    },
  };
}

const fitted = (text: string, width: number): string =>
  width === 0 ? text : text.padEnd(width).slice(0, width);

function operandAt(source: string, start: number, percent: number) {
  NAME.lastIndex = start;
  const match = NAME.exec(source);
  if (match === null) {
    const found = start < source.length ? shownText(source.slice(start, start + 8)) : 'the end';
    throw new TemplateError(
      `the name of a field was expected behind %, and ${found} was found`,
      percent,
      'a percent sign itself is written %%',
    );
  }
  const end = NAME.lastIndex;
  if (source[end] === '(' && match[2] === undefined) return transformerAt(source, start, percent);
  const [written] = match;
  return { value: (alert: RoutedAlert) => valueText(valueNamed(alert, written)), end };
}

/** In Falco's language, fields have a dot: what the alert says of itself gets one within transformers. */
const OWN = 'alert.';
const OWN_KEYS = /(?<=[(,]\s*)(?:rule|priority|time|hostname|source|tags|output|id|input|json)(?=\s*[),])/g;

/** A transformer is the engine's; it ends with its closing parenthesis. */
function transformerAt(source: string, start: number, percent: number) {
  const end = closing(source, start);
  if (end === undefined) throw new TemplateError('a parenthesis is not closed', percent);
  let current: RoutedAlert | undefined;
  const compiled = compileOutput(
    toBytes(`%${source.slice(start, end).replace(OWN_KEYS, `${OWN}$&`)}`),
    textLookup((name) => (current === undefined ? undefined : valueNamed(current, name))),
  );
  if ('error' in compiled)
    throw new TemplateError(`${shownText(source.slice(start, end))}: ${fromBytes(compiled.error)}`, percent);
  const value = (alert: RoutedAlert): string => {
    current = alert;
    return fromBytes(compiled.text(NO_EVENT));
  };
  return { value, end };
}

/** The fields read the alert, not the event. */
const NO_EVENT = {} as Event;

function closing(source: string, start: number): number | undefined {
  let depth = 0;
  let quote: string | undefined;
  for (let at = start; at < source.length; at++) {
    const mark = source[at]!;
    if (quote !== undefined) {
      if (mark === quote) quote = undefined;
    } else if (mark === '"' || mark === "'") quote = mark;
    else if (mark === '(') depth++;
    else if (mark === ')' && --depth === 0) return at + 1;
  }
  return undefined;
}

/** Everything that an alert says, as text. */
function textLookup(read: (name: string) => FieldJson | undefined): FieldLookup {
  return (name, arg) => {
    const plain = name.startsWith(OWN) ? name.slice(OWN.length) : name;
    const written = fromBytes(arg === undefined ? plain : `${plain}[${arg}]`);
    const get = () => {
      const value = read(written);
      return value === undefined || value === null ? undefined : toBytes(valueText(value));
    };
    const field: Field = { name, type: 'CHARBUF', desc: 'What an alert says.', get };
    return { field, arg, type: 'CHARBUF', list: false, format: 'dec', get };
  };
}

/** What an alert says under a name; undefined where it says nothing. */
export function valueNamed(alert: RoutedAlert, name: string): FieldJson | undefined {
  switch (name) {
    case 'rule':
    case 'priority':
    case 'time':
    case 'hostname':
    case 'source':
    case 'tags':
    case 'output':
    case 'id':
    case 'input':
    case 'json':
      return alert[name];
    default:
      return alert.fields.get(name);
  }
}

/** A value as text: `<NA>` where there is none, lists as Falco prints them. */
export function valueText(value: Json | undefined): string {
  if (value === undefined || value === null) return NOT_AVAILABLE;
  if (Array.isArray(value)) return `(${(value as readonly Json[]).map(valueText).join(',')})`;
  return typeof value === 'object' ? printJson(value) : String(value);
}

/** Falco's line for an alert, in one line; one that came without it has priority and rule. */
export function alertLine(alert: RoutedAlert): string {
  const { output, time, priority, rule } = alert;
  return ESCAPES.line(output === '' ? `${time}: ${priority} ${rule}` : output);
}
