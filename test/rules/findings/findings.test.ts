import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { renderDiagnostics } from '../../../cli/diagnostics.ts';
import { fromBytes, toBytes } from '../../../engine/index.ts';
import {
  engineLanguage,
  fileText,
  languageWith,
  validateRules,
  type RuleFile,
} from '../../../rules/index.ts';
import { sourceNamed } from '../../../sources/index.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

/** What it is about; the files 1.yaml, 2.yaml, …; what people are shown. `\xe9` in a file is that byte. */
type Case = readonly [about: string, files: readonly string[], text: string];

const places: Case[] = [
  [
    'a folded block',
    [
      `- rule: r1
  desc: d
  condition: >
    evt.type = open
      and (proc.nam = cat
      or proc.name = dog)
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:5:12: error: filter_check called with nonexistent field proc.nam (LOAD_ERR_COMPILE_CONDITION)
    5 |       and (proc.nam = cat
      |            ^^^^^^^^
  hint: did you mean proc.name, proc.aname or proc.pname?
`,
  ],
  [
    'a literal block',
    [
      `- rule: r1
  desc: d
  condition: |
    evt.type = open

      and proc.name startwith cat
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:6:21: error: expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch' (LOAD_ERR_COMPILE_CONDITION)
    6 |       and proc.name startwith cat
      |                     ^^^^^^^^^
  hint: did you mean startswith or bstartswith?
`,
  ],
  [
    'double quotes with escapes',
    [
      `- rule: r1
  desc: d
  condition: "evt.type = open and proc.name = \\"\\u00e9 b\\" and
    fd.nmae = x"
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:4:5: error: filter_check called with nonexistent field fd.nmae (LOAD_ERR_COMPILE_CONDITION)
    4 |     fd.nmae = x"
      |     ^^^^^^^
  hint: did you mean fd.name?
`,
  ],
  [
    'single quotes with doubled ones',
    [
      `- rule: r1
  desc: d
  condition: 'evt.type = ''open'' and

    fd.num = ''x y'''
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:5:16: error: x y is not a valid number (LOAD_ERR_COMPILE_CONDITION)
    5 |     fd.num = ''x y'''
      |                ^^^
  hint: expected a whole number in decimal
`,
  ],
  [
    'a plain scalar of several lines',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
    and é = 1
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:4:9: error: expected a '(' token, a field check, or an identifier (LOAD_ERR_COMPILE_CONDITION)
    4 |     and é = 1
      |         ^
  hint: names are made of ASCII letters, digits, _ and dots
`,
  ],
  [
    'a macro in another file',
    [
      `- macro: opens
  condition: evt.type in (open, openat) and fd.nam startswith /etc
`,
      `- rule: r1
  desc: d
  condition: opens and proc.name = cat
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:45: error: filter_check called with nonexistent field fd.nam (LOAD_ERR_COMPILE_CONDITION)
    2 |   condition: evt.type in (open, openat) and fd.nam startswith /etc
      |                                             ^^^^^^
  2.yaml:3:14: note: the rule "r1" uses the macro opens here
    3 |   condition: opens and proc.name = cat
      |              ^^^^^
  hint: did you mean fd.name, fd.nameraw or fd.name_changed?
`,
  ],
  [
    'a macro in a macro',
    [
      `- macro: inner
  condition: proc.nam = x
- macro: outer
  condition: evt.type = open and inner
- rule: r1
  desc: d
  condition: outer
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:14: error: filter_check called with nonexistent field proc.nam (LOAD_ERR_COMPILE_CONDITION)
    2 |   condition: proc.nam = x
      |              ^^^^^^^^
  1.yaml:4:34: note: the macro outer uses the macro inner here
    4 |   condition: evt.type = open and inner
      |                                  ^^^^^
  1.yaml:7:14: note: the rule "r1" uses the macro outer here
    7 |   condition: outer
      |              ^^^^^
  hint: did you mean proc.name, proc.aname or proc.pname?
`,
  ],
  [
    'an item of a list in another file',
    [
      `- list: kinds
  items: [open, opnat]
`,
      `- rule: r1
  desc: d
  condition: evt.type in (kinds)
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:17: error: unknown event type opnat (LOAD_ERR_COMPILE_CONDITION)
    2 |   items: [open, opnat]
      |                 ^^^^^
  2.yaml:3:27: note: the rule "r1" uses the list kinds here
    3 |   condition: evt.type in (kinds)
      |                           ^^^^^
  hint: did you mean openat or openat2?
`,
  ],
  [
    'an item of a list that was appended',
    [
      `- list: kinds
  items: [open]
`,
      `- list: kinds
  items:
    - opnat
  override: { items: append }
- rule: r1
  desc: d
  condition: evt.type in (kinds)
  output: o
  priority: INFO
`,
    ],
    `
2.yaml:3:7: error: unknown event type opnat (LOAD_ERR_COMPILE_CONDITION)
    3 |     - opnat
      |       ^^^^^
  2.yaml:7:27: note: the rule "r1" uses the list kinds here
    7 |   condition: evt.type in (kinds)
      |                           ^^^^^
  hint: did you mean openat or openat2?
`,
  ],
  [
    'a list in a list',
    [
      `- list: a
  items: [opnat]
- list: b
  items: [open, a]
- rule: r1
  desc: d
  condition: evt.type in (b)
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:11: error: unknown event type opnat (LOAD_ERR_COMPILE_CONDITION)
    2 |   items: [opnat]
      |           ^^^^^
  1.yaml:7:27: note: the rule "r1" uses the list b here
    7 |   condition: evt.type in (b)
      |                           ^
  hint: did you mean openat or openat2?
`,
  ],
  [
    'behind a list',
    [
      `- list: kinds
  items: [open, openat, openat2]
- rule: r1
  desc: d
  condition: evt.type in (kinds) and no.such = 1
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:5:38: error: filter_check called with nonexistent field no.such (LOAD_ERR_COMPILE_CONDITION)
    5 |   condition: evt.type in (kinds) and no.such = 1
      |                                      ^^^^^^^
  hint: tiercel fields lists all fields
`,
  ],
  [
    'a condition that was appended',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  condition: and prc.name = x
  override:
    condition: append
`,
    ],
    `
2.yaml:2:18: error: filter_check called with nonexistent field prc.name (LOAD_ERR_COMPILE_CONDITION)
    2 |   condition: and prc.name = x
      |                  ^^^^^^^^
  hint: did you mean proc.name, proc.aname or proc.pname?
`,
  ],
  [
    'a value of an exception',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  exceptions:
    - name: e
      fields: [proc.name, fd.num]
      comps: [in, =]
      values:
        - [[a, b], 3]
        - [[c], x]
`,
    ],
    `
1.yaml:12:17: error: x is not a valid number (LOAD_ERR_COMPILE_CONDITION)
   12 |         - [[c], x]
      |                 ^
  hint: expected a whole number in decimal
`,
  ],
  [
    'a field of an exception',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  exceptions:
    - name: e
      fields: [proc.nam, fd.num]
`,
    ],
    `
1.yaml:8:16: error: 'proc.nam' is not a supported filter field (LOAD_ERR_VALIDATE)
    8 |       fields: [proc.nam, fd.num]
      |                ^^^^^^^^
  hint: did you mean proc.name, proc.aname or proc.pname?
`,
  ],
  [
    'an output that was appended',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  output: and %proc.nam
  override: { output: append }
`,
    ],
    `
2.yaml:2:15: error: unknown filter: unexpected token after ' (LOAD_ERR_COMPILE_OUTPUT)
    2 |   output: and %proc.nam
      |               ^^^^^^^^^
  hint: did you mean proc.name, proc.aname or proc.pname?
`,
  ],
  [
    'a file with a byte order mark',
    [
      `\ufeff- rule: r1
  desc: d
  condition: evt.type = opn
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:25: error: unknown event type opn (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = opn
      |                         ^^^
  hint: did you mean open?
`,
  ],
  [
    'a bracket that is not closed',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and (proc.name = a
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:48: error: expected a ')' token (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and (proc.name = a
      |                                                ^
  1.yaml:3:34: note: the bracket that is not closed
    3 |   condition: evt.type = open and (proc.name = a
      |                                  ^
  hint: a bracket is not closed
`,
  ],
];

const hints: Case[] = [
  [
    'an escape in a block, at the end of a line',
    [
      `- rule: r1
  desc: d
  condition: >
    evt.type = execve
    and proc.cmdline contains "a\\\\\\d+"
    and proc.name = x
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:5:35: error: unsupported string escape sequence: \\d (LOAD_ERR_COMPILE_CONDITION)
    5 |     and proc.cmdline contains "a\\\\\\d+"
      |                                   ^^
  hint: in quotes a backslash is written twice: \\\\d
`,
  ],
  [
    'several items without brackets',
    [
      `- list: l1
  items: bash, sh # of both kinds
`,
    ],
    `
1.yaml:2:10: error: Value is not a sequence (LOAD_ERR_YAML_VALIDATE)
    2 |   items: bash, sh # of both kinds
      |          ^^^^^^^^
  hint: write \`items: [bash, sh]\`
`,
  ],
  [
    'an appended condition that begins with a check',
    [
      `- rule: r1
  desc: d
  condition: evt.type = execve and proc.name = bash
  output: o
  priority: INFO
- rule: r1
  condition: proc.pname != sh
  override: { condition: append }
`,
    ],
    `
1.yaml:7:14: error: unexpected token after 'bash', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    7 |   condition: proc.pname != sh
      |              ^^^^^^^^^^
  hint: what is appended must go on with the condition: begin it with \`and\` or \`or\`
`,
  ],
  [
    'a name without a dot as a field',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and name = x
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:39: error: unexpected token after 'name', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and name = x
      |                                       ^
  hint: a field has a dot in its name; did you mean fd.name, proc.name or user.name?
`,
  ],
  [
    'a name without a dot as a field in brackets',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and (procname contains x)
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:44: error: expected a ')' token (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and (procname contains x)
      |                                            ^^^^^^^^
  1.yaml:3:34: note: the bracket that is not closed
    3 |   condition: evt.type = open and (procname contains x)
      |                                  ^
  hint: a field has a dot in its name; did you mean proc.name, proc.aname or proc.pname?
`,
  ],
  [
    'NOT at the beginning',
    [
      `- rule: r1
  desc: d
  condition: NOT evt.type = open
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:18: error: unexpected token after 'NOT', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: NOT evt.type = open
      |                  ^^^^^^^^
  hint: write not in lower case
`,
  ],
  [
    'an operator of another language',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name is bash
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:44: error: expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name is bash
      |                                            ^^
  hint: did you mean =?
`,
  ],
  [
    'an operator that Falco has another name for',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name like ba*
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:44: error: expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name like ba*
      |                                            ^^^^
  hint: did you mean glob?
`,
  ],
  [
    'an unknown macro',
    [
      `- macro: spawned_process
  condition: evt.type = execve
- rule: r1
  desc: d
  condition: spawned_proces and evt.type = open
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:5:14: error: Undefined macro 'spawned_proces' used in filter. (LOAD_ERR_VALIDATE)
    5 |   condition: spawned_proces and evt.type = open
      |              ^^^^^^^^^^^^^^
  hint: did you mean spawned_process?
`,
  ],
  [
    'a macro that is defined later',
    [
      `- macro: a
  condition: b and evt.type = open
- macro: b
  condition: proc.name = x
- rule: r1
  desc: d
  condition: a
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:14: error: Undefined macro 'b' used in filter. (LOAD_ERR_VALIDATE)
    2 |   condition: b and evt.type = open
      |              ^
  1.yaml:3:10: note: the macro b is defined later, here
    3 | - macro: b
      |          ^
  hint: a macro sees only those that are defined before it: move that one up
`,
  ],
  [
    'a list in the place of a macro',
    [
      `- list: shells
  items: [sh]
- rule: r1
  desc: d
  condition: shells and evt.type = open
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:11: error: Undefined macro 'sh' used in filter. (LOAD_ERR_VALIDATE)
    2 |   items: [sh]
      |           ^^
  1.yaml:5:14: note: the rule "r1" uses the list shells here
    5 |   condition: shells and evt.type = open
      |              ^^^^^^
  hint: shells is a list: compare a field with it, as in \`proc.name in (shells)\`
`,
  ],
  [
    'a macro in the place of an event type',
    [
      `- macro: opens
  condition: evt.type = open
- rule: r1
  desc: d
  condition: evt.type = opens
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:5:25: error: unknown event type opens (LOAD_ERR_COMPILE_CONDITION)
    5 |   condition: evt.type = opens
      |                         ^^^^^
  hint: opens is a macro: write it without \`evt.type\`
`,
  ],
  [
    'a loop of macros',
    [
      `- macro: a
  condition: proc.name = x
- macro: b
  condition: a
- macro: a
  condition: b
`,
    ],
    `
1.yaml:6:14: error: reference loop in macro 'b' (LOAD_ERR_VALIDATE)
    6 |   condition: b
      |              ^
  hint: a macro cannot use itself, not even through another one
`,
  ],
  [
    'a field of a plug-in',
    [
      `- rule: r1
  desc: d
  condition: ka.verb = create
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:14: error: filter_check called with nonexistent field ka.verb (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: ka.verb = create
      |              ^^^^^^^
  hint: ka.verb is a field of the plug-in k8saudit, which is not loaded
`,
  ],
  [
    'an argument where there is none',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name[1] = a
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:34: error: filter_check called with nonexistent field proc.name[1] (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name[1] = a
      |                                  ^^^^^^^^^^^^
  hint: proc.name takes no argument: write proc.name
`,
  ],
  [
    'a flag alone',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and evt.is_open_read
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:50: error: expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and evt.is_open_read
      |                                                  ^
  hint: a field alone is no condition: write \`evt.is_open_read = true\`
`,
  ],
  [
    'AND',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open AND proc.name = x
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:30: error: unexpected token after 'open', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open AND proc.name = x
      |                              ^^^
  hint: write and in lower case
`,
  ],
  [
    '&&',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open && proc.name = x
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:30: error: unexpected token after 'open', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open && proc.name = x
      |                              ^^
  hint: write \`and\`
`,
  ],
  [
    'a comment in a block',
    [
      `- rule: r1
  desc: d
  condition: >
    evt.type = open # all of them
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:4:21: error: unexpected token after 'open', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    4 |     evt.type = open # all of them
      |                     ^
  hint: a comment cannot stand inside a block (\`>\`, \`|\`) or quotes, where it is part of the text
`,
  ],
  [
    'a value with a blank',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name = a b
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:48: error: unexpected token after 'a', expecting 'or', 'and' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name = a b
      |                                                ^
  hint: a value with blanks needs quotes; checks are joined with \`and\` or \`or\`
`,
  ],
  [
    'several values after =',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name = (a, b)
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:46: error: expected a string value or a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name = (a, b)
      |                                              ^
  hint: to compare with several values write \`in (a, b)\`
`,
  ],
  [
    'a port that is none',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and fd.sport = 999999999999
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:45: error: 999999999999 is not a valid port number (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and fd.sport = 999999999999
      |                                             ^^^^^^^^^^^^
  hint: expected a port: a number from 0 to 65535
`,
  ],
  [
    'hex',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and fd.num = 0x1F
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:43: error: 0x1F is not a valid number (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and fd.num = 0x1F
      |                                           ^^^^
  hint: numbers are written in decimal: 31
`,
  ],
  [
    'a network as address',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and fd.sip = 10.0.0.0/8
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:43: error: unrecognized IPv4 address 10.0.0.0/8 (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and fd.sip = 10.0.0.0/8
      |                                           ^^^^^^^^^^
  hint: this is a network: compare fd.net, fd.snet or fd.cnet with it
`,
  ],
  [
    'True',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and evt.failed = True
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:47: error: filter error: unrecognized boolean value True (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and evt.failed = True
      |                                               ^^^^
  hint: write true or false, in lower case
`,
  ],
  [
    '\\d in a pattern',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name regex "\\\\d+"
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:50: error: invalid regex pattern: invalid escape sequence: \\d (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name regex "\\\\d+"
      |                                                  ^^^^^^
  hint: patterns are POSIX: write [[:digit:]]
`,
  ],
  [
    'an operator for numbers on text',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and fd.num contains 3
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:41: error: filter error: 'contains' operator not supported for numeric filters (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and fd.num contains 3
      |                                         ^^^^^^^^
  hint: numbers are compared with = != < <= > >= in
`,
  ],
  [
    'a deprecated field',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and evt.dir = <
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:34: warning: due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir' (LOAD_DEPRECATED_ITEM)
    3 |   condition: evt.type = open and evt.dir = <
      |                                  ^^^^^^^
  hint: remove the check: rules see every event once, when it ends
`,
  ],
  [
    'a deprecated field in an output',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o %evt.latency
  priority: INFO
`,
    ],
    `
1.yaml:4:14: warning: usage of deprecated field 'evt.latency' has been detected in the rule output (LOAD_DEPRECATED_ITEM)
    4 |   output: o %evt.latency
      |              ^^^^^^^^^^^
  hint: remove it; no other field takes its place
`,
  ],
  [
    'a field as text',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name = proc.pname
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:46: warning: 'proc.pname' may be a valid field misused as a const string value (LOAD_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name = proc.pname
      |                                              ^^^^^^^^^^
  hint: to compare with the field, write val(proc.pname)
`,
  ],
  [
    'a pattern that needs none',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name regex sh.*
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:50: warning: regex check with 'sh.*' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith' (LOAD_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name regex sh.*
      |                                                  ^^^^
  hint: \`startswith sh\` does the same, faster
`,
  ],
  [
    'a sign in an output',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: 100% ok
  priority: INFO
`,
    ],
    `
1.yaml:4:14: error: unknown filter: unexpected token after ' (LOAD_ERR_COMPILE_OUTPUT)
    4 |   output: 100% ok
      |              ^
  hint: a % begins a field, and there is no way to write the sign itself
`,
  ],
  [
    'a forgotten override',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  output: other
  priority: WARNING
`,
    ],
    `
2.yaml:1:9: error: Item has no mapping for key 'condition' (LOAD_ERR_YAML_VALIDATE)
    1 | - rule: r1
      |         ^^
  1.yaml:1:9: note: the rule "r1" is defined here
    1 | - rule: r1
      |         ^^
  hint: to change only this of the rule, add \`override: { output: replace, priority: replace }\`
`,
  ],
  [
    'append: true with keys that do not count',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  condition: and proc.name = x
  output: lost
  append: true
`,
    ],
    `
2.yaml:4:3: warning: 'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead. (LOAD_DEPRECATED_ITEM)
    4 |   append: true
      |   ^^^^^^
  hint: with \`append: true\` only condition and exceptions count: output is ignored; write \`override: { condition: append }\` instead
`,
  ],
  [
    'append: true with nothing that counts',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  output: lost
  append: true
`,
    ],
    `
2.yaml:1:9: error: Appended rule must have exceptions or condition property (LOAD_ERR_VALIDATE)
    1 | - rule: r1
      |         ^^
  hint: with \`append: true\` only condition and exceptions count: output is ignored
2.yaml:3:3: warning: 'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead. (LOAD_DEPRECATED_ITEM)
    3 |   append: true
      |   ^^^^^^
  hint: with \`append: true\` only condition and exceptions count: output is ignored
`,
  ],
  [
    'enabled alone',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  enabled: false
`,
    ],
    `
2.yaml:2:3: warning: The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the 'override' key (i.e. 'enabled: replace'). (LOAD_DEPRECATED_ITEM)
    2 |   enabled: false
      |   ^^^^^^^
  hint: add \`override: { enabled: replace }\`
`,
  ],
  [
    'an append to what is not there',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: r2
  condition: and proc.name = x
  override: { condition: append }
`,
    ],
    `
1.yaml:6:9: error: Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists (LOAD_ERR_VALIDATE)
    6 | - rule: r2
      |         ^^
  hint: did you mean r1?
`,
  ],
  [
    'a key that is not in override',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: r1
  condition: and proc.name = x
  output: o
  override: { condition: append }
`,
    ],
    `
1.yaml:8:3: error: Unexpected key 'output': no corresponding entry under 'override' is defined. (LOAD_ERR_YAML_VALIDATE)
    8 |   output: o
      |   ^^^^^^
  hint: add \`output: append\` or \`output: replace\` under \`override\`
`,
  ],
  [
    'an operation that is none',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: r1
  output: x
  override: { output: apend }
`,
    ],
    `
1.yaml:8:23: error: Invalid override operation for key 'output': 'apend'. Allowed values are: append replace  (LOAD_ERR_YAML_VALIDATE)
    8 |   override: { output: apend }
      |                       ^^^^^
  hint: did you mean append?
`,
  ],
  [
    'an empty override',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: r1
  output: x
  override: []
`,
    ],
    `
1.yaml:8:13: error: an empty list under override, where a map is expected (LOAD_ERR_YAML_PARSE)
    8 |   override: []
      |             ^
  hint: write \`override: { condition: append }\`, or leave it away
`,
  ],
  [
    'a list under override',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: r1
  output: x
  override: [output]
`,
    ],
    `
1.yaml:8:13: error: invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa (LOAD_ERR_VALIDATE)
    8 |   override: [output]
      |             ^^^^^^^^
  hint: expected a map under \`override\`: \`override: { condition: append }\`
`,
  ],
  [
    'replaced exceptions without comps',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  exceptions: [{ name: e, fields: [proc.name] }]
`,
      `- rule: r1
  exceptions:
    - name: e
      fields: proc.name
      values: [a]
  override: { exceptions: replace }
`,
    ],
    `
2.yaml:3:7: error: expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch' (LOAD_ERR_COMPILE_CONDITION)
    3 |     - name: e
      |       ^
  hint: exceptions under \`override: { exceptions: replace }\` must name their comps: "e" does not
`,
  ],
  [
    'replaced exceptions with several fields and without comps',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
      `- rule: r1
  exceptions:
    - name: e
      fields: [proc.name, fd.num]
      values: [[a, 1]]
  override: { exceptions: replace }
`,
    ],
    `
2.yaml:3:13: error: Fields and comps lists must have equal length (LOAD_ERR_VALIDATE)
    3 |     - name: e
      |             ^
  hint: fields, comps and each entry of values need the same number of elements; replaced exceptions must name their comps
`,
  ],
  [
    'a misspelt key that must be there',
    [
      `- rule: r1
  desc: d
  conditon: evt.type = open
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:3: error: Item has no mapping for key 'condition' (LOAD_ERR_YAML_VALIDATE)
    3 |   conditon: evt.type = open
      |   ^^^^^^^^
  hint: did you mean condition?
`,
  ],
  [
    'a misspelt key that may be there',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  tgas: [x]
`,
    ],
    `
1.yaml:6:3: warning: Unknown key 'tgas'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    6 |   tgas: [x]
      |   ^^^^
  hint: did you mean tags?
`,
  ],
  [
    'two kinds in one item',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  list: a
  required_engine_version: 62
`,
    ],
    `
1.yaml:1:3: warning: Unknown key 'rule'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    1 | - rule: r1
      |   ^^^^
  hint: an item defines one thing: begin another one with \`- rule:\`
1.yaml:2:3: warning: Unknown key 'desc'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    2 |   desc: d
      |   ^^^^
  hint: desc is a key of a rule
1.yaml:3:3: warning: Unknown key 'condition'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    3 |   condition: evt.type = open
      |   ^^^^^^^^^
  hint: condition is a key of a rule
1.yaml:4:3: warning: Unknown key 'output'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    4 |   output: o
      |   ^^^^^^
  hint: output is a key of a rule
1.yaml:5:3: warning: Unknown key 'priority'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    5 |   priority: INFO
      |   ^^^^^^^^
  hint: priority is a key of a rule
1.yaml:6:3: warning: Unknown key 'list'. The key will be ignored. (LOAD_UNKNOWN_KEY)
    6 |   list: a
      |   ^^^^
  hint: an item defines one thing: begin another one with \`- list:\`
`,
  ],
  [
    'a misspelt kind',
    [
      `- rules: r1
  desc: d
`,
    ],
    `
1.yaml:1:3: warning: Unknown top level item (LOAD_UNKNOWN_ITEM)
    1 | - rules: r1
      |   ^^^^^^^^^
  hint: did you mean rule?
`,
  ],
  [
    'a priority that is none',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: err
`,
    ],
    `
1.yaml:5:13: error: Invalid priority (LOAD_ERR_YAML_VALIDATE)
    5 |   priority: err
      |             ^^^
  hint: did you mean ERROR?
`,
  ],
  [
    'a priority that the schema does not know',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: Warning
`,
    ],
    `
1.yaml:5:13: warning: priority 'Warning' loads, but Falco's JSON schema of rule files does not know it (SCHEMA_INVALID)
    5 |   priority: Warning
      |             ^^^^^^^
  hint: did you mean WARNING?
`,
  ],
  [
    'a key twice',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  condition: evt.type = close
`,
    ],
    `
1.yaml:6:3: warning: the key 'condition' stands twice in this item; only the first one counts (SCHEMA_INVALID)
    6 |   condition: evt.type = close
      |   ^^^^^^^^^
  hint: remove one of them
`,
  ],
  [
    'a quote that is not closed',
    [
      `- rule: r1
  desc: 'all of it
  condition: evt.type = open
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:9: error: Item has no mapping for key 'condition' (LOAD_ERR_YAML_VALIDATE)
    2 |   desc: 'all of it
      |         ^^^^^^^^^^
  hint: the quote that opens here is not closed where it should be, and took the keys that follow
`,
  ],
  [
    'a tab',
    [
      `- rule: r1
  desc: d
\tcondition: evt.type = open
`,
    ],
    `
1.yaml:3:1: error: illegal tab when looking for indentation (LOAD_ERR_YAML_PARSE)
    3 | \tcondition: evt.type = open
      | ^
  hint: indent with blanks: YAML takes no tabs there, not even in an empty line
`,
  ],
  [
    'a colon in a plain value',
    [
      `- rule: r1
  desc: d: e
`,
    ],
    `
1.yaml:2:10: error: illegal map value (LOAD_ERR_YAML_PARSE)
    2 |   desc: d: e
      |          ^
  hint: a value with \`: \` in it needs quotes; a key needs a blank behind its colon
`,
  ],
  [
    'a value that begins with %',
    [
      `- rule: r1
  output: %proc.name
`,
    ],
    `
1.yaml:2:11: error: unknown token (LOAD_ERR_YAML_PARSE)
    2 |   output: %proc.name
      |           ^^^^^^^^^^
  hint: a value that begins with %, @ or \` needs quotes
`,
  ],
  [
    'another source',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  source: k8s_audit
`,
    ],
    `
1.yaml:11:11: error: Rule has been re-defined with a different source (LOAD_ERR_VALIDATE)
   11 |   source: k8s_audit
      |           ^^^^^^^^^
  1.yaml:1:9: note: the rule "r1" is defined here
    1 | - rule: r1
      |         ^^
  hint: give it another name, or the source of the first definition
`,
  ],
  [
    'an unknown source',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
  source: Syscall
`,
    ],
    `
1.yaml:6:11: warning: Unknown source Syscall, skipping (LOAD_UNKNOWN_SOURCE)
    6 |   source: Syscall
      |           ^^^^^^^
  hint: did you mean syscall?
`,
  ],
  [
    'no event type',
    [
      `- rule: r1
  desc: d
  condition: proc.name = x
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:1:9: warning: Rule matches too many evt.type values. This has a significant performance penalty. (LOAD_NO_EVTTYPE)
    1 | - rule: r1
      |         ^^
  hint: begin the condition with \`evt.type in (…)\`, or set \`warn_evttypes: false\` if this is meant
`,
  ],
  [
    'a macro that nothing uses',
    [
      `- macro: m
  condition: evt.type = open
`,
    ],
    `
1.yaml:1:10: warning: Macro not referred to by any other rule/macro (LOAD_UNUSED_MACRO)
    1 | - macro: m
      |          ^
  hint: remove it if no other file uses it
`,
  ],
  [
    'a newer engine',
    [
      `- required_engine_version: 0.99.0
`,
    ],
    `
1.yaml:1:28: error: Rules require engine version 0.99.0, but engine version is 0.62.0 (LOAD_ERR_VALIDATE)
    1 | - required_engine_version: 0.99.0
      |                            ^^^^^^
  hint: these rules are for a newer Falco; tiercel speaks the language of Falco 0.44
`,
  ],
  [
    'a plug-in that is not there',
    [
      `- required_plugin_versions:
    - name: json
      version: 0.7.0
- rule: r1
  desc: d
  condition: evt.type = open
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:2:13: error: Plugin requirement not satisfied, must load one of: json (>= 0.7.0) (LOAD_ERR_PLUGIN_REQUIREMENT)
    2 |     - name: json
      |             ^^^^
  hint: none of these plug-ins is loaded: leave this file out where it is not
`,
  ],
  [
    'no list of items',
    [
      `rule: r1
`,
    ],
    `
1.yaml:1:1: error: Rules content is not yaml array of objects (LOAD_ERR_YAML_VALIDATE)
    1 | rule: r1
      | ^^^^^^^^
  hint: a rule file is a list: each item begins with \`- \`
`,
  ],
  [
    'a byte that is no UTF-8',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and proc.name = \xe9
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:46: error: expected a string value or a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt' (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and proc.name = �
      |                                              ^
  hint: this byte is no UTF-8: save the file as UTF-8
`,
  ],
  [
    'a comparison that ends Falco',
    [
      `- rule: r1
  desc: d
  condition: evt.type = val(evt.type)
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:14: error: event code search does not support \`evt.type\` checks with transformers (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = val(evt.type)
      |              ^^^^^^^^
  hint: compare evt.type itself, with plain names: \`evt.type in (open, openat)\`
`,
  ],
  [
    'a transformer that ends Falco',
    [
      `- rule: r1
  desc: d
  condition: evt.type = open and tolower(proc.name, fd.name) = x
  output: o
  priority: INFO
`,
    ],
    `
1.yaml:3:34: error: transformer 'tolower' takes one argument (LOAD_ERR_COMPILE_CONDITION)
    3 |   condition: evt.type = open and tolower(proc.name, fd.name) = x
      |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write tolower(field)
`,
  ],
];

const filesOf = (texts: readonly string[]): RuleFile[] =>
  texts.map((text, i) => ({
    name: `${i + 1}.yaml`,
    content: text.includes('\xe9') && !text.includes('and é') ? text : toBytes(text),
  }));

function shown(files: readonly RuleFile[], language = engineLanguage): string {
  const { diagnostics } = validateRules(files, language, { explain: true });
  const source = (name: string): string => fromBytes(files.find((file) => file.name === name)!.content);
  return renderDiagnostics(diagnostics.flat(), 'text', { source });
}

describe('findings in rule files', () => {
  describe('have their place in', () => {
    for (const [about, files, text] of places)
      it(about, () => expect(`\n${shown(filesOf(files))}`).to.equal(text));
  });

  describe('come with a hint for', () => {
    for (const [about, files, text] of hints)
      it(about, () => expect(`\n${shown(filesOf(files))}`).to.equal(text));
  });

  it('tell that rules of another source have no fields of system calls', async () => {
    const language = languageWith({ sources: [(await sourceNamed('k8s_audit'))!] });
    const hintOf = (condition: string): string | undefined =>
      /hint: (.*)/.exec(
        shown(
          filesOf([
            `- {rule: a, desc: d, condition: '${condition}', output: o, priority: INFO, source: k8s_audit}\n`,
          ]),
          language,
        ),
      )?.[1];
    expect(hintOf('evt.type = open')).to.equal(
      'evt.type is a field of system calls, which rules of another source do not have',
    );
    expect(hintOf('ka.verb exists and container.id = host')).to.equal(
      'container.id is a field of the plug-in container, which is not loaded',
    );
  });

  it('are told once, and what a later file uses is not unused', () => {
    const macro = '- macro: m\n  condition: evt.type = open\n';
    const rule = (name: string, condition: string): string =>
      `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: o\n  priority: INFO\n`;
    const files = filesOf([macro + rule('a', 'evt.dir = < and evt.type = open'), rule('b', 'm')]);
    const { diagnostics } = validateRules(files, engineLanguage, { explain: true });
    expect(diagnostics.map((found) => found.map(({ code }) => code))).to.deep.equal([
      ['LOAD_DEPRECATED_ITEM'],
      [],
    ]);
  });

  it('are not looked for where nobody asks', () =>
    expect(validateRules(filesOf(['a']), engineLanguage).diagnostics).to.deep.equal([]));
});

describe('findings in the files that Falco judged', function () {
  if (!hasOracle()) return;
  interface Entry {
    readonly id: string;
    readonly dir: string;
    readonly files: readonly string[];
  }
  const cases = JSON.parse(readFileSync(oraclePath('loader', 'index.json'), 'utf8')) as Entry[];

  it('gives a place to what is wrong in a condition that lists make very long', () => {
    const lists = Array.from(
      { length: 18 },
      (_, n) => `- list: l${18 - n}\n  items: [l${17 - n}, l${17 - n}]\n`,
    );
    const rule = '- rule: r\n  desc: d\n  condition: proc.nam in (l18)\n  output: o\n  priority: INFO\n';
    const content = toBytes(`${lists.join('')}- list: l0\n  items: [x]\n${rule}`);
    const { diagnostics } = validateRules([{ name: '1.yaml', content }], engineLanguage, { explain: true });
    expect(diagnostics.flat()[0]).to.deep.include({ code: 'LOAD_ERR_COMPILE_CONDITION', line: 41 });
  });

  it('is done at once with aliases of aliases, which stand for more than there is room for', () => {
    const aliases = Array.from({ length: 60 }, (_, n) => `- &a${n + 1} [*a${n}, *a${n}]\n`).join('  ');
    const content = toBytes(`- rule: r\n  exceptions:\n  - &a0 [x, x]\n  ${aliases}`);
    const { diagnostics } = validateRules([{ name: '1.yaml', content }], engineLanguage, { explain: true });
    expect(diagnostics.flat().map(({ code }) => code)).to.include('LOAD_ERR_YAML_VALIDATE');
  });

  it('have a place inside of the text, and errors one each', () => {
    for (const { id, dir, files } of cases) {
      const read = files.map((name) => ({
        name,
        content: fileText(readFileSync(oraclePath('loader', dir, name))),
      }));
      const { diagnostics, files: results } = validateRules(read, engineLanguage, { explain: true });
      results.forEach(({ errors }, i) => {
        const found = diagnostics[i]!.filter(({ severity }) => severity === 'error');
        expect(found.length, id).to.be.at.least(errors.length);
      });
      for (const { file, text, line, column, message } of diagnostics.flat()) {
        const content = text ?? fromBytes(read.find(({ name }) => name === file)!.content);
        const shownLine = content.split(/\r\n|\r|\n/)[line! - 1];
        expect(shownLine, `${id}: ${message}`).to.be.a('string');
        expect(column, `${id}: ${message}`).to.be.within(1, shownLine!.length + 1);
      }
    }
  });
});
