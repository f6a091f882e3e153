/** What can be wrong with rule files, in Falco's codes and words (falco_load_result.cpp, rule_loading_messages.h of 0.44.1). */

/** Errors: the file is refused. The text is both the short form and the `codedesc` of the JSON. */
export const ERRORS = {
  LOAD_ERR_FILE_READ: 'File read error',
  LOAD_ERR_YAML_PARSE: 'YAML parse error',
  LOAD_ERR_YAML_VALIDATE: 'Error validating internal structure of YAML file',
  LOAD_ERR_COMPILE_CONDITION: 'Error compiling condition',
  LOAD_ERR_COMPILE_OUTPUT: 'Error compiling output',
  LOAD_ERR_VALIDATE: 'Error validating rule/macro/list/exception objects',
  LOAD_ERR_EXTENSION: 'Error in extension item',
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** Warnings: the short form, and the `codedesc` of the JSON. Their order is the order in which warnings of one condition are given. */
export const WARNINGS = {
  LOAD_UNKNOWN_SOURCE: {
    short: 'Unknown event source',
    long: 'A rule has a unknown event source. This can occur when reading rules content without having a corresponding plugin loaded, etc. The rule will be silently ignored.',
  },
  LOAD_UNSAFE_NA_CHECK: {
    short: 'Unsafe <NA> comparison in condition',
    long: "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. If you need to check for the existence of a field, consider using the 'exists' operator instead.",
  },
  LOAD_NO_EVTTYPE: {
    short: 'Condition has no event-type restriction',
    long: 'A rule condition matches too many evt.type values. This has a significant performance penalty. Make the condition more specific by adding an evt.type field or further restricting the number of evt.type values in the condition.',
  },
  LOAD_UNKNOWN_FILTER: {
    short: 'Unknown field or event-type in condition or output',
    long: 'A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, but if a rule has a skip-if-unknown-filter property, the error is downgraded to a warning.',
  },
  LOAD_UNUSED_MACRO: {
    short: 'Unused macro',
    long: 'A macro is defined in the rules content but is not used by any other macro or rule.',
  },
  LOAD_UNUSED_LIST: {
    short: 'Unused list',
    long: 'A list is defined in the rules content but is not used by any other list, macro, or rule.',
  },
  LOAD_UNKNOWN_ITEM: {
    short: 'Unknown rules file item',
    long: 'An unknown top-level object is in the rules content. It will be ignored.',
  },
  LOAD_DEPRECATED_ITEM: {
    short: 'Used deprecated item',
    long: 'A deprecated item is employed by lists, macros, or rules.',
  },
  LOAD_WARNING_EXTENSION: { short: 'Warning in extension item', long: 'An extension item has a warning' },
  LOAD_APPEND_NO_VALUES: {
    short: 'Overriding/appending with no values',
    long: 'A rule exception is overriding/appending with no values',
  },
  LOAD_EXCEPTION_NAME_NOT_UNIQUE: {
    short: 'Multiple exceptions defined with the same name',
    long: 'A rule is defining multiple exceptions with the same name',
  },
  LOAD_INVALID_MACRO_NAME: {
    short: 'Invalid macro name',
    long: 'A macro is defined with an invalid name',
  },
  LOAD_INVALID_LIST_NAME: { short: 'Invalid list name', long: 'A list is defined with an invalid name' },
  LOAD_COMPILE_CONDITION: {
    short: 'Warning in rule condition',
    long: 'A rule condition or output have been parsed with a warning',
  },
  LOAD_UNKNOWN_KEY: {
    short: 'Unknown key in item definition',
    long: 'An item in the rules content contains an unrecognized key. The key will be ignored. This may indicate a typo or a property placed on the wrong item type.',
  },
} as const;

export type WarningCode = keyof typeof WARNINGS;

/** Warnings of what a later file may still use. */
export const UNUSED_CODES: ReadonlySet<string> = new Set(['LOAD_UNUSED_MACRO', 'LOAD_UNUSED_LIST']);

const LATENCY = 'field is not available due to the drop of enter events.';

/** Fields that are still accepted but say nothing any more, and what a warning in a condition says. */
export const DEPRECATED_FIELDS = {
  'evt.dir':
    "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'",
  'evt.latency': LATENCY,
  'evt.latency.s': LATENCY,
  'evt.latency.ns': LATENCY,
  'evt.latency.human': LATENCY,
  'evt.wait_latency': LATENCY,
} as const;

export type DeprecatedField = keyof typeof DEPRECATED_FIELDS;

/** Texts that several items share. */
export const MESSAGES = {
  appendDeprecated:
    "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.",
  enabledDeprecated:
    "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the 'override' key (i.e. 'enabled: replace').",
  overrideAndAppend:
    "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.",
  noPreviousMacro:
    "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
  noPreviousList: "List uses 'append' or 'override.items: append' but no list by that name already exists",
  noPreviousRuleAppend:
    "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
  noPreviousRuleReplace:
    "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
  containerInfo:
    '%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will automatically add required fields to the output message.',
  manyEventTypes: 'Rule matches too many evt.type values. This has a significant performance penalty.',
} as const;
