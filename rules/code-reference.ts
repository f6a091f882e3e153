import type { Severity } from '../engine/index.ts';
import { ERRORS, WARNINGS, type ErrorCode, type WarningCode } from './codes.ts';

/** What is known of a code of diagnostics about rule files. */
export interface CodeReference {
  readonly code: string;
  readonly severity: Severity;
  /** A few words. */
  readonly summary: string;
  /** When it is given, and what to do. In Markdown. */
  readonly help: string;
}

const HELP: Readonly<Record<ErrorCode | WarningCode, string>> = {
  LOAD_ERR_FILE_READ: 'The file is not there or cannot be read.',
  LOAD_ERR_YAML_PARSE:
    'The file is no YAML as Falco reads it: tabs in the indentation, a bracket or a quote that is not closed, a plain value that begins with `%`, `@` or a backtick or has `: ` in it.',
  LOAD_ERR_YAML_VALIDATE:
    'It is YAML, but an item lacks a key that it needs, or a value is of the wrong kind. A rule that shall only change an earlier one needs `override`.',
  LOAD_ERR_COMPILE_CONDITION:
    'A condition cannot be parsed, or names a field, an event type or a value that there is not. The place is that of the word itself: in the rule, in the macro or the list that it comes from, or in the exception.',
  LOAD_ERR_COMPILE_OUTPUT: 'An output names a field that there is not, or has a `%` that begins none.',
  LOAD_ERR_VALIDATE:
    'Items do not fit together: an undefined macro, an append to what is not there, exceptions whose fields, comps and values do not match, a version that is too new.',
  LOAD_ERR_EXTENSION: "Kept for Falco's extensions; never given here.",
  LOAD_UNKNOWN_SOURCE: 'The rule is left out: no plug-in with this event source is loaded.',
  LOAD_UNSAFE_NA_CHECK: 'A field of JSON events is compared with `<NA>`. Use `exists`.',
  LOAD_NO_EVTTYPE:
    'The condition can match more than 100 event types, or none. Begin it with `evt.type in (…)`; where this is meant, say `warn_evttypes: false`.',
  LOAD_UNKNOWN_FILTER:
    'The rule is left out as it names an unknown field or event type, which its `skip-if-unknown-filter` allows.',
  LOAD_UNUSED_MACRO: 'Nothing uses the macro.',
  LOAD_UNUSED_LIST: 'Nothing uses the list.',
  LOAD_UNKNOWN_ITEM:
    'An item with none of the keys `rule`, `macro`, `list`, `required_engine_version`, `required_plugin_versions`. It is left out.',
  LOAD_DEPRECATED_ITEM:
    'A field, a key or a way to change rules that is still accepted and will not be for ever. The hint says what takes its place.',
  LOAD_WARNING_EXTENSION: "Kept for Falco's extensions; never given here.",
  LOAD_APPEND_NO_VALUES: 'An exception is appended without values, which changes nothing.',
  LOAD_EXCEPTION_NAME_NOT_UNIQUE:
    'Two exceptions of a rule have the same name. Both count; an append goes to the first.',
  LOAD_INVALID_MACRO_NAME: 'The macro has a name that conditions cannot use.',
  LOAD_INVALID_LIST_NAME: 'The list has a name with blanks, quotes, brackets, commas or `=`.',
  LOAD_COMPILE_CONDITION:
    'A value looks like a field or a transformer that was meant, or a pattern like one that needs none.',
  LOAD_UNKNOWN_KEY: 'A key that items of this kind do not have. It is left out.',
};

/** Codes that Falco does not have. */
const OWN: readonly CodeReference[] = [
  {
    code: 'LOAD_ERR_PLUGIN_REQUIREMENT',
    severity: 'error',
    summary: 'Plugin requirement not satisfied',
    help: 'The file needs a plug-in, or a version of one, that is not loaded. Falco stops here with a line of text and no code.',
  },
  {
    code: 'SCHEMA_INVALID',
    severity: 'warning',
    summary: 'Not allowed by the JSON schema of rule files',
    help: 'The file loads all the same: a key that stands twice (the first one counts), a priority that is not in capitals, `yes` for `true`. Falco tells of it as `schema_warnings`. Only `tiercel validate` does.',
  },
];

/** All codes: errors, then warnings, in Falco's order; then those of our own. */
export function codeReference(): CodeReference[] {
  return [
    ...(Object.keys(ERRORS) as ErrorCode[]).map((code): CodeReference => ({
      code,
      severity: 'error',
      summary: ERRORS[code],
      help: HELP[code],
    })),
    ...(Object.keys(WARNINGS) as WarningCode[]).map((code): CodeReference => ({
      code,
      severity: 'warning',
      summary: WARNINGS[code].short,
      help: HELP[code],
    })),
    ...OWN,
  ];
}
