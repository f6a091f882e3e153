import { expect } from 'chai';
import { fromBytes, print, toBytes } from '../../engine/index.ts';
import { engineLanguage, RuleLoader } from '../../rules/index.ts';

/** Loads files one after the other and tells the last verdict: the error or the conditions, and the codes of the warnings. */
function verdict(files: readonly string[]): { outcome: string; warnings: string[] } {
  const loader = new RuleLoader(engineLanguage);
  const results = files.map((text, i) => loader.load(`${i + 1}.yaml`, toBytes(text)));
  const last = results.at(-1)!;
  const [error] = last.errors;
  const unmet = loader.unmetRequirement();
  const warnings = last.warnings.map(({ code }) => code.replace('LOAD_', '')).sort();
  const conditions = loader.rules.map(
    ({ name, condition, enabled }) => `${name}${enabled ? '' : ' (off)'}: ${print(condition.expr)}`,
  );
  const outcome = error
    ? `${error.code.replace('LOAD_ERR_', '')}: ${fromBytes(error.message)}`
    : (unmet ?? fromBytes(conditions.join('; ')));
  return { outcome, warnings };
}

/** A rule that only lacks what a case is about. */
const rule = (more: string, condition = 'evt.type = open', name = 'r'): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n${more.replace(/^(?=.)/gm, '  ')}`;
const other = (lines: string): string => `- rule: r\n${lines.replace(/^(?=.)/gm, '  ')}`;
const excepted = (exception: string): string => rule(`exceptions:\n- ${exception}\n`);

const OPEN = 'r: evt.type = open';
const TOO_FEW = "YAML_VALIDATE: Item has no mapping for key 'enabled'";

/** What is loaded (files behind bars), what comes of it, and the warnings. */
const CASES: Readonly<Record<string, readonly [title: string, files: string | string[], outcome: string, warnings?: string[]][]>> = {
  'keys of items': [
    ['a name that is empty', '- list: ""\n  items: [a]\n', 'YAML_VALIDATE: Value must be non-empty'],
    ['a name that is a map', '- macro: {a: b}\n', 'YAML_VALIDATE: Value is not a scalar value'],
    ['items that are no sequence', '- list: l\n  items: a\n', 'YAML_VALIDATE: Value is not a sequence'],
    ['items that are missing', '- list: l\n', "YAML_VALIDATE: Item has no mapping for key 'items'"],
    ['an item that is a map', '- list: l\n  items: [a: b]\n', 'YAML_VALIDATE: sequence value is not scalar'],
    ['tags without value', rule('tags:\n'), 'YAML_VALIDATE: Value is not a sequence'],
    ['a condition that is missing', '- macro: m\n', "YAML_VALIDATE: Item has no mapping for key 'condition'"],
    ['a priority that is none', rule('').replace('INFO', 'HIGH'), 'YAML_VALIDATE: Invalid priority'],
    ['a priority in odd case', rule('').replace('INFO', 'inForMational'), OPEN],
    ['a switch that is a number', rule('enabled: 1\n'), "YAML_VALIDATE: Can't decode YAML scalar value"],
    ['a switch in capitals', rule('enabled: OFF\n'), 'r (off): evt.type = open'],
    ['a switch in mixed case', rule('enabled: oFF\n'), "YAML_VALIDATE: Can't decode YAML scalar value"],
    ['a time that is negative', rule('capture_duration: -1\n'), "YAML_VALIDATE: Can't decode YAML scalar value"],
    ['a time with a blank behind', rule('capture_duration: "5 "\n'), OPEN],
    ['a source that is empty', rule('source: ""\n'), 'YAML_VALIDATE: Value must be non-empty'],
    ['a source that nothing has', rule('source: x\n', 'and or'), '', ['UNKNOWN_SOURCE']],
    ['unknown keys', rule('a: 1\nb: 2\n'), OPEN, ['UNKNOWN_KEY', 'UNKNOWN_KEY']],
    ['a key that is a sequence', rule('[a]: 1\n'), 'YAML_PARSE: yaml-cpp: error at line 6, column 3: bad conversion'],
    ['keys of another kind of item', '- list: l\n  items: []\n  priority: INFO\n', '', ['UNKNOWN_KEY', 'UNUSED_LIST']],
    ['an item of no kind', '- x: y\n- \n- {}\n', '', ['UNKNOWN_ITEM', 'UNKNOWN_ITEM']],
    ['an item that is text', '- x\n', 'YAML_VALIDATE: Unexpected element type. Each element should be a yaml associative array.'],
    ['a document that is a map', 'rule: r\n', 'YAML_VALIDATE: Rules content is not yaml array of objects'],
    ['a document that is text', 'rule\n', 'YAML_VALIDATE: Rules content is not yaml'],
    ['an item of two kinds', '- list: l\n  items: []\n  macro: m\n  condition: no.such\n', '', ['UNKNOWN_KEY', 'UNKNOWN_KEY', 'UNUSED_LIST']],
    ['an output that is blank', rule('').replace('output: o', 'output: " "'), 'COMPILE_OUTPUT: empty formatting token'],
    ['nothing but a name', '- rule: r\n', TOO_FEW],
    ['a switch for a rule that is not there', '- rule: r\n  enabled: false\n', "VALIDATE: Rule has 'enabled' key but no rule by that name already exists", ['DEPRECATED_ITEM']],
    ['a switch for a rule', [rule(''), '- rule: r\n  enabled: false\n'], 'r (off): evt.type = open', ['DEPRECATED_ITEM']],
    ['a part of a rule', '- rule: r\n  output: o\n', "YAML_VALIDATE: Item has no mapping for key 'condition'"],
    ['a name of a macro that no condition can use', '- macro: 1a\n  condition: evt.type = open\n', '', ['INVALID_MACRO_NAME', 'UNUSED_MACRO']],
    ['a name of a list with a bracket', '- list: a(b\n  items: []\n', '', ['INVALID_LIST_NAME', 'UNUSED_LIST']],
  ],
  versions: [
    ['an engine of long ago', '- required_engine_version: 13\n', ''],
    ['an engine to come', '- required_engine_version: 63\n', 'VALIDATE: Rules require engine version 0.63.0, but engine version is 0.62.0'],
    ['an engine of another major version', '- required_engine_version: 1.0.0\n', 'VALIDATE: Rules require engine version 1.0.0, but engine version is 0.62.0'],
    ['an engine in octal', '- required_engine_version: 076\n', ''],
    ['no engine version', '- required_engine_version: 0.62\n', 'YAML_VALIDATE: Unable to parse engine version \'0.62\' as a semver string. Expected "x.y.z" semver format.'],
    ['plugins that are no sequence', '- required_plugin_versions: x\n', 'YAML_VALIDATE: Value of required_plugin_versions must be a sequence'],
    ['a plugin without version', '- required_plugin_versions: [{name: a}]\n', "YAML_VALIDATE: Item has no mapping for key 'version'"],
    ['a plugin with a bad version', '- required_plugin_versions: [{name: a, version: 1}]\n', "VALIDATE: Invalid required version '1' for plugin 'a'"],
    ['a plugin twice', '- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: a, version: 1.0.0}]}]\n', "VALIDATE: Defined multiple alternative version requirements for plugin 'a'"],
    ['a plugin that is not there', '- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: b, version: 2.0.0}]}]\n', 'Plugin requirement not satisfied, must load one of: a (>= 1.0.0), b (>= 2.0.0)'],
    ['a plugin that has an alternative', '- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: container, version: 0.2.0}]}]\n', ''],
    ['a plugin that is too old', '- required_plugin_versions: [{name: container, version: 0.8.0}]\n', "Plugin 'container' version '0.7.1' is not compatible with required plugin version '0.8.0'"],
  ],
  'appends and overrides': [
    ['a condition appended', rule('') + other('condition: and proc.name = a\noverride: {condition: append}\n'), 'r: (evt.type = open and proc.name = a)'],
    ['a condition replaced', rule('') + other('condition: evt.type = close\noverride: {condition: replace}\n'), 'r: evt.type = close'],
    ['one part appended, another replaced', rule('') + other('condition: and proc.name = a\nenabled: false\noverride: {condition: append, enabled: replace}\n'), 'r (off): (evt.type = open and proc.name = a)'],
    ['append: true', rule('') + other('condition: or proc.name = a\nappend: true\n'), 'r: (evt.type = open or proc.name = a)', ['DEPRECATED_ITEM', 'NO_EVTTYPE']],
    ['append: true with what it does not know', rule('') + other('enabled: false\ncondition: or proc.name = a\nappend: true\n'), 'r: (evt.type = open or proc.name = a)', ['DEPRECATED_ITEM', 'NO_EVTTYPE']],
    ['append: true without anything', rule('') + other('append: true\n'), 'VALIDATE: Appended rule must have exceptions or condition property', ['DEPRECATED_ITEM']],
    ['both ways at once', rule('') + other('append: true\ncondition: x\noverride: {condition: append}\n'), "YAML_VALIDATE: Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.", ['DEPRECATED_ITEM']],
    ['a part that cannot be appended to', rule('') + other('priority: INFO\noverride: {priority: append}\n'), "YAML_VALIDATE: Key 'priority' cannot be appended to, use 'replace' instead"],
    ['a part that cannot be replaced', rule('') + other('source: syscall\noverride: {source: replace}\n'), "YAML_VALIDATE: Key 'source' cannot be replaced"],
    ['an operation that there is not', rule('') + other('desc: x\noverride: {desc: prepend}\n'), "YAML_VALIDATE: Invalid override operation for key 'desc': 'prepend'. Allowed values are: append replace "],
    ['an override without its part', rule('') + other('override: {condition: append}\n'), "YAML_VALIDATE: An append override for 'condition' was specified but 'condition' is not defined"],
    ['the same part twice', rule('') + other('desc: x\noverride:\n  desc: append\n  desc: replace\n'), "YAML_VALIDATE: An replace override for 'desc' was specified but 'desc' is not defined"],
    ['a part without its override', rule('') + other('desc: x\noutput: y\noverride: {desc: append}\n'), "YAML_VALIDATE: Unexpected key 'output': no corresponding entry under 'override' is defined."],
    ['an override that is text', rule('') + other('override: x\n'), TOO_FEW],
    ['an override of nothing', other('condition: x\noverride: {condition: replace}\n'), "VALIDATE: An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"],
    ['a list appended to nothing', '- list: l\n  items: [a]\n  override: {items: append}\n', "VALIDATE: List uses 'append' or 'override.items: append' but no list by that name already exists"],
    ['a list replaced that is not there', '- list: l\n  items: [a]\n  override: {items: replace}\n', '', ['UNUSED_LIST']],
    ['a macro appended across files', ['- macro: m\n  condition: evt.type = open\n', '- macro: m\n  condition: or evt.type = close\n  append: true\n' + rule('', 'm')], 'r: (evt.type = open or evt.type = close)', ['DEPRECATED_ITEM']],
    ['another source', rule('') + rule('source: k8s_audit\n'), 'VALIDATE: Rule has been re-defined with a different source'],
    ['another source where only a text changes', rule('') + other('source: x\noutput: y\noverride: {output: replace}\n'), OPEN],
    ['a redefinition', rule('') + rule('', 'evt.type = close', 's') + rule('', 'evt.type = read'), 'r: evt.type = read; s: evt.type = close'],
    ['a file that failed', [rule(''), rule('', 'no.such = 1', 's')], 'COMPILE_CONDITION: filter_check called with nonexistent field no.such'],
  ],
  'lists in conditions': [
    ['an empty first item', rule('', 'proc.name in (l)') + '- list: l\n  items: ["", a]\n', 'r: proc.name in (a)', ['NO_EVTTYPE']],
    ['nothing but empty items', rule('', 'proc.name in (a, l)') + '- list: l\n  items: ["", ""]\n', 'r: proc.name in (a)', ['NO_EVTTYPE']],
    ['an empty item behind others', rule('', 'proc.name in (l)') + '- list: l\n  items: [a, "", b]\n', "COMPILE_CONDITION: expected a string value"],
    ['an item with a blank', rule('', 'proc.name in (l)') + '- list: l\n  items: [a b, "\'c d\'"]\n', 'r: proc.name in ("a b", "c d")', ['NO_EVTTYPE']],
    ['a name at the very beginning twice', rule('', 'l l proc.name = a') + '- list: l\n  items: ["not"]\n', 'COMPILE_CONDITION: unexpected token after \'l\', expecting \'or\', \'and\''],
    ['an empty list', rule('', 'proc.name in (l)') + '- list: l\n  items: []\n', 'r: proc.name in ()', ['NO_EVTTYPE']],
  ],
  exceptions: [
    ['without fields', excepted('name: e'), "YAML_VALIDATE: Item has no mapping for key 'fields'"],
    ['with empty fields', excepted('{name: e, fields: []}'), 'VALIDATE: Rule exception item must have fields property with a list of fields'],
    ['with a field that is none', excepted('{name: e, fields: [no.such]}'), "VALIDATE: 'no.such' is not a supported filter field"],
    ['with transformers', excepted('{name: e, fields: ["tolower(proc.name)"], values: [[a]]}'), 'r: (evt.type = open and not tolower(proc.name) = a)'],
    ['with values of one field', excepted('{name: e, fields: proc.name, values: [a, b c]}'), 'r: (evt.type = open and not proc.name in (a, "b c"))'],
    ['with a comparison that takes no list', excepted('{name: e, fields: proc.name, comps: startswith, values: [a]}'), 'VALIDATE: When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)'],
    ['with a modifier', excepted('{name: e, fields: proc.name, comps: " startswith oneof ", values: [a, b]}'), 'r: (evt.type = open and not proc.name startswith oneof (a, b))'],
    ['with a modifier on a list operator', excepted('{name: e, fields: [proc.name], comps: [in anyof], values: [[a]]}'), "VALIDATE: 'in anyof' is not a supported comparison operator"],
    ['with two blanks before the modifier', excepted('{name: e, fields: [proc.name], comps: [glob  anyof], values: [[a]]}'), "VALIDATE: 'glob  anyof' is not a supported comparison operator"],
    ['with a text where a list is due', excepted('{name: e, fields: [proc.name, fd.name], comps: [in, glob allof], values: [[a, b]]}'), 'r: (evt.type = open and not (proc.name in (a) and fd.name glob allof (b)))'],
    ['with lists of different lengths', excepted('{name: e, fields: [proc.name, fd.name], comps: [in]}'), 'VALIDATE: Fields and comps lists must have equal length'],
    ['with values that are too few', excepted('{name: e, fields: [proc.name, fd.name], values: [[a]]}'), 'VALIDATE: Fields and values lists must have equal length'],
    ['with values that are no lists', excepted('{name: e, fields: [proc.name], values: [a]}'), 'VALIDATE: Fields and values lists must have equal length'],
    ['with lists for one field', excepted('{name: e, fields: proc.name, values: [[a]]}'), 'VALIDATE: Expected values array to contain a list of strings'],
    ['with a null in front of a list', excepted('{name: e, fields: [proc.name], comps: [in], values: [[[~, a]]]}'), 'r: (evt.type = open and not proc.name in (a))'],
    ['with an empty text', excepted('{name: e, fields: proc.name, values: [""]}'), 'YAML_VALIDATE: Value must be non-empty'],
    ['without values', excepted('{name: e, fields: proc.name}'), OPEN],
    ['of one name', rule('exceptions:\n- {name: e, fields: proc.name, values: [a]}\n- {name: e, fields: fd.name, values: [b]}\n'), 'r: (evt.type = open and not proc.name in (a) and not fd.name in (b))', ['EXCEPTION_NAME_NOT_UNIQUE']],
    ['with more values', excepted('{name: e, fields: proc.name, values: [a]}\n') + other('exceptions: [{name: e, values: [b]}]\noverride: {exceptions: append}\n'), 'r: (evt.type = open and not proc.name in (a, b))'],
    ['with no more values', excepted('{name: e, fields: proc.name, values: [a]}\n') + other('exceptions: [{name: e}]\noverride: {exceptions: append}\n'), 'r: (evt.type = open and not proc.name in (a))', ['APPEND_NO_VALUES']],
    ['with new fields', excepted('{name: e, fields: proc.name, values: [a]}\n') + other('exceptions: [{name: e, fields: fd.name, values: [b]}]\noverride: {exceptions: append}\n'), 'VALIDATE: Can not append exception fields to existing exception, only values'],
    ['that hold themselves', excepted('{name: e, fields: [proc.name], comps: [in], values: [&a [*a]]}'), 'r: (evt.type = open and not proc.name in ())'],
  ],
  conditions: [
    ['an unused macro with an unknown field', '- macro: m\n  condition: no.such = 1\n' + rule(''), OPEN, ['UNUSED_MACRO']],
    ['an unused macro with bad syntax', '- macro: m\n  condition: =\n' + rule(''), "COMPILE_CONDITION: expected a '(' token, a field check, or an identifier"],
    ['a macro behind the rule', rule('', 'm') + '- macro: m\n  condition: evt.type = open\n', OPEN],
    ['a macro behind the macro', rule('', 'm') + '- macro: m\n  condition: n\n- macro: n\n  condition: evt.type = open\n', "VALIDATE: Undefined macro 'n' used in filter."],
    ['a loop', '- macro: m\n  condition: evt.type = open\n- macro: n\n  condition: m\n- macro: m\n  condition: n\n', "VALIDATE: reference loop in macro 'n'"],
    ['a field that is unknown, if that is fine', rule('skip-if-unknown-filter: true\n', 'no.such = 1'), '', ['UNKNOWN_FILTER']],
    ['an event that is unknown, if that is fine', rule('skip-if-unknown-filter: true\n', 'evt.type = nosuch'), '', ['UNKNOWN_FILTER']],
    ['a macro that is unknown, even if that is fine', rule('skip-if-unknown-filter: true\n', 'm'), "VALIDATE: Undefined macro 'm' used in filter."],
    ['all events', rule('', 'proc.name = a'), 'r: proc.name = a', ['NO_EVTTYPE']],
    ['all events, if that is fine', rule('warn_evttypes: false\n', 'proc.name = a'), 'r: proc.name = a'],
    ['a field that says nothing any more', rule('', 'evt.type = open and evt.dir = <'), 'r: (evt.type = open and evt.dir = <)', ['DEPRECATED_ITEM']],
    ['a field in the place of a text', rule('', 'evt.type = open and proc.name = proc.pname'), 'r: (evt.type = open and proc.name = proc.pname)', ['COMPILE_CONDITION']],
    ['a NUL in an error', rule('', '"evt.type = open \\0x"'), "COMPILE_CONDITION: unexpected token after 'open', expecting 'or', 'and'"],
  ],
}; // prettier-ignore

describe('the verdict on rule files', () => {
  for (const [kind, cases] of Object.entries(CASES))
    describe(kind, () => {
      for (const [title, files, outcome, warnings = []] of cases)
        it(title, () => {
          expect(verdict([files].flat())).to.deep.equal({ outcome, warnings });
        });
    });

  it('takes lists of any length', () => {
    const items = Array.from({ length: 200_000 }, (_, i) => `i${i}`).join(', ');
    const files = [
      `- list: l\n  items: [a]\n`,
      `- list: l\n  items: [${items}]\n  override: {items: append}\n`,
    ];
    expect(verdict(files)).to.deep.equal({ outcome: '', warnings: ['UNUSED_LIST'] });
  });
});

describe('rule files that grow without bound', () => {
  const chain = (one: (i: number) => string, length = 60): string =>
    Array.from({ length }, (_, i) => one(i)).join('');

  it('stops macros that use macros twice', () => {
    const macros = chain((i) => `- macro: m${i + 1}\n  condition: m${i} or m${i}\n`);
    const { outcome } = verdict([`- macro: m0\n  condition: evt.type = open\n${macros}${rule('', 'm60')}`]);
    expect(outcome).to.equal('VALIDATE: the macros make this condition larger than 250000 checks');
  });
  it('stops lists that hold lists twice, in the order that is resolved as text', () => {
    const lists = chain((i) => `- list: l${60 - i}\n  items: [l${59 - i}, l${59 - i}]\n`);
    const { outcome } = verdict([`${lists}- list: l0\n  items: [a]\n${rule('', 'proc.name in (l60)')}`]);
    expect(outcome).to.match(/^COMPILE_CONDITION: the list l\d+ makes the condition too long$/);
  });
  it('stops long lists of long lists', () => {
    const many = (item: string): string => Array.from({ length: 3000 }, () => item).join(', ');
    const { outcome } = verdict([`- list: a\n  items: [${many('x')}]\n- list: b\n  items: [${many('a')}]\n`]);
    expect(outcome).to.equal('VALIDATE: lists in lists make more than 2000000 items');
  });
  it('reads exceptions of aliases once', () => {
    const items = chain((i) => `  - {name: e${i}, values: &a${i + 1} [*a${i}, *a${i}]}\n`);
    const { outcome } = verdict([
      `- rule: r\n  exceptions:\n  - {name: e, values: &a0 [x, x]}\n${items}  override: {exceptions: append}\n`,
    ]);
    expect(outcome).to.match(/^VALIDATE: Rule uses 'append'/);
  });
  it('refuses exceptions whose aliases nest too deeply', () => {
    const items = chain((i) => `  - {name: e${i}, comps: &a${i + 1} [*a${i}]}\n`, 600);
    const { outcome } = verdict([
      `- rule: r\n  exceptions:\n  - {name: e, comps: &a0 [x]}\n${items}  override: {exceptions: append}\n`,
    ]);
    expect(outcome).to.equal('YAML_VALIDATE: exceptions are nested too deeply');
  });
});
