import { fromBytes, type ByteString } from '../engine/index.ts';
import type { AlertChange, AlertDiff } from '../daemon/index.ts';
import {
  changeLines,
  type Change,
  type ConditionChange,
  type Consequence,
  type DiffLine,
  type Effect,
  type ListChange,
  type MacroChange,
  type MovedRule,
  type Place,
  type RuleChange,
  type RulesDiff,
  type SetChange,
  type Unused,
} from '../rules/index.ts';
import { grouped } from './progress.ts';
import { printable, table } from './table.ts';

/** What is said of one item: a title, and lines below it. Text is for people, and can do nothing to a terminal. */
export interface Section {
  readonly mark: DiffLine['mark'];
  readonly title: string;
  readonly lines: readonly ReportLine[];
}

/** `mark` is that of the text after the indent. */
export interface ReportLine {
  readonly mark: DiffLine['mark'];
  readonly text: string;
}

const MARKS: Readonly<Record<Change, DiffLine['mark']>> = { added: '+', removed: '-', changed: '~' };

const EFFECTS: Readonly<Record<Effect, string>> = {
  more: 'matches more',
  less: 'matches less',
  same: 'matches the same',
  unknown: '',
};

const plain = (text: string): ReportLine => ({ mark: ' ', text });

/** A comparison of rules, section by section: lists, macros, rules, their order. */
export function rulesReport({ lists, macros, rules, moved, unused }: RulesDiff): readonly Section[] {
  return [
    ...lists.map(listSection),
    ...macros.map(macroSection),
    ...rules.filter(({ own }) => own).map(ruleSection),
    ...(moved.length > 0 ? [movedSection(moved)] : []),
    ...(unused.macros.length + unused.lists.length > 0 ? [unusedSection(unused)] : []),
  ];
}

/** One line: how many items differ. */
export function rulesSummary({ lists, macros, rules, moved }: RulesDiff): string {
  const count = (noun: string, items: readonly { readonly change: Change }[]): string[] => {
    const parts = (['added', 'removed', 'changed'] as const).flatMap((change) => {
      const n = items.filter((item) => item.change === change).length;
      return n === 0 ? [] : [`${n} ${change}`];
    });
    return parts.length === 0 ? [] : [`${noun}: ${parts.join(', ')}`];
  };
  const own = rules.filter((rule) => rule.own);
  const others = rules.length - own.length;
  return (
    [
      ...count('lists', lists),
      ...count('macros', macros),
      ...count('rules', own),
      ...(others > 0 ? [`${counted(others, 'rule')} changed by lists and macros`] : []),
      ...(moved.length > 0 ? [`${counted(moved.length, 'rule')} moved`] : []),
    ].join('; ') || 'no item differs'
  );
}

function listSection({ name, change, place, items, consequences }: ListChange): Section {
  const isReordered = items.added.length + items.removed.length === 0 && change === 'changed';
  const what = isReordered ? 'the same items in another order or number' : setText(items);
  return {
    mark: MARKS[change],
    title: `list ${printable(name)}${placeText(place)}${what === '' ? '' : `: ${what}`}`,
    lines: consequenceLines(change, consequences),
  };
}

function macroSection({ name, change, place, condition, consequences }: MacroChange): Section {
  return {
    mark: MARKS[change],
    title: `macro ${printable(name)}${placeText(place)}`,
    lines: [...(condition ? conditionLines(condition, true) : []), ...consequenceLines(change, consequences)],
  };
}

function ruleSection(rule: RuleChange): Section {
  const { name, change, place, old, next, runs } = rule;
  const { priority, enabled } = (next ?? old)!;
  const state = change === 'changed' ? switched(runs) : `: ${priority}${enabled ? '' : ', disabled'}`;
  return {
    mark: MARKS[change],
    title: `rule ${printable(name)}${placeText(place)}${state}`,
    lines: change === 'changed' ? ruleLines(rule) : [plain(`desc: ${oneLine((next ?? old)!.desc)}`)],
  };
}

function switched({ old, next }: RuleChange['runs']): string {
  if (old === next) return '';
  return next ? ': enabled, was not' : ': no longer enabled';
}

function ruleLines({
  properties,
  tags,
  exceptions,
  rewritten,
  condition,
  causes,
}: RuleChange): readonly ReportLine[] {
  const lines: ReportLine[] = [];
  for (const { key, old, next } of properties)
    if (key === 'output' || key === 'desc')
      lines.push(
        plain(`${key}:`),
        { mark: '-', text: `  ${oneLine(old)}` },
        { mark: '+', text: `  ${oneLine(next)}` },
      );
    else lines.push(plain(`${key}: ${printable(old)} → ${printable(next)}`));
  if (tags.added.length + tags.removed.length > 0) lines.push(plain(`tags: ${setText(tags)}`));
  for (const { name, change, fields, comps, values } of exceptions) {
    lines.push({ mark: MARKS[change], text: `exception ${printable(name)}` });
    for (const [key, pair] of Object.entries({ fields, comps }))
      if (pair) lines.push(plain(`  ${key}: ${printable(pair.old)} → ${printable(pair.next)}`));
    for (const value of values.removed) lines.push({ mark: '-', text: `  ${printable(value)}` });
    for (const value of values.added) lines.push({ mark: '+', text: `  ${printable(value)}` });
  }
  if (condition !== undefined) {
    lines.push(...conditionLines(condition, rewritten || causes.length === 0));
    if (causes.length > 0) lines.push(plain(`  by way of ${causes.map(printable).join(', ')}`));
  }
  return lines;
}

function conditionLines({ changes, effect }: ConditionChange, detailed: boolean): readonly ReportLine[] {
  if (changes.every(({ kind }) => kind === 'same'))
    return [plain('condition: written differently, means the same')];
  const head = plain(`condition:${effect === 'unknown' ? ' differs' : ` ${EFFECTS[effect]}`}`);
  if (!detailed) return [head];
  return [head, ...changeLines(changes).map(({ mark, text }) => ({ mark, text: `  ${printable(text)}` }))];
}

function consequenceLines(change: Change, consequences: readonly Consequence[]): readonly ReportLine[] {
  if (consequences.length === 0) return change === 'changed' ? [plain('changes no rule')] : [];
  const width = Math.max(...consequences.map(({ rule }) => printable(rule).length));
  return [
    plain(`changes ${counted(consequences.length, 'rule')}:`),
    ...consequences.map(({ rule, effect, runs }) =>
      plain(
        `  ${printable(rule).padEnd(width)}  ${[EFFECTS[effect] || 'differs', ...(runs ? [] : ['disabled'])].join(', ')}`,
      ),
    ),
  ];
}

function movedSection(moved: readonly MovedRule[]): Section {
  const place = (rule: ByteString | undefined): string =>
    rule === undefined ? 'first' : `after ${printable(rule)}`;
  return {
    mark: '~',
    title: `order: ${counted(moved.length, 'rule')} moved; of the rules that match an event only the first fires`,
    lines: moved.map(({ rule, after }) =>
      plain(`${printable(rule)}: ${place(after.next)}, was ${place(after.old)}`),
    ),
  };
}

function unusedSection({ macros, lists }: Unused): Section {
  const line = (noun: string, names: readonly ByteString[]): ReportLine[] =>
    names.length === 0 ? [] : [plain(`${noun}: ${names.map(printable).join(', ')}`)];
  return {
    mark: ' ',
    title: 'used by nothing now',
    lines: [...line('macros', macros), ...line('lists', lists)],
  };
}

/** How alerts differ: a table of rules, then for each of them the first alerts that differ. */
export function alertsReport({ captures, events, old, next, rules }: AlertDiff): readonly Section[] {
  const rows = rules.map((rule) => [
    ...[rule.old, rule.next, rule.appeared, rule.disappeared, rule.changed].map(grouped),
    printable(rule.rule),
  ]);
  const head = ['OLD', 'NEW', 'APPEAR', 'DISAPPEAR', 'CHANGE', 'RULE'];
  return [
    {
      mark: rules.length > 0 ? '~' : ' ',
      title: `alerts: ${grouped(old)} → ${grouped(next)} in ${grouped(events)} events of ${counted(captures, 'capture')}${rules.length > 0 ? '' : '; none differs'}`,
      lines:
        rows.length === 0
          ? []
          : table(head, rows, { right: [0, 1, 2, 3, 4] })
              .trimEnd()
              .split('\n')
              .map(plain),
    },
    ...rules.map(({ rule, examples, ...counts }): Section => {
      const more = counts.appeared + counts.disappeared + counts.changed - examples.length;
      return {
        mark: ' ',
        title: `alerts of ${printable(rule)}`,
        lines: [
          ...examples.flatMap((example) => alertLines(example, captures > 1)),
          ...(more > 0 ? [plain(`and ${grouped(more)} more`)] : []),
        ],
      };
    }),
  ];
}

function alertLines(
  { kind, capture, event, old, next, instead }: AlertChange,
  several: boolean,
): readonly ReportLine[] {
  const place = `${several ? `${printable(capture)} ` : ''}#${event}`;
  const others =
    instead.length === 0
      ? ''
      : ` [${kind === 'appeared' ? 'was' : 'now'}: ${instead.map(printable).join(', ')}]`;
  return [
    ...(old === undefined ? [] : [{ mark: '-', text: `${place} ${printable(old)}${others}` } as const]),
    ...(next === undefined ? [] : [{ mark: '+', text: `${place} ${printable(next)}${others}` } as const]),
  ];
}

function setText({ added, removed }: SetChange): string {
  return [
    ...added.map((item) => `+ ${printable(item)}`),
    ...removed.map((item) => `- ${printable(item)}`),
  ].join(', ');
}

const placeText = ({ file, line }: Place): string => ` (${fromBytes(file)}:${line})`;

/** A text of several lines in one. */
const oneLine = (text: ByteString): string => printable(text.trim().replace(/[ \t\r\n]+/g, ' '));

/** `1 rule`, `2,000 rules`. */
export const counted = (count: number, noun: string): string =>
  `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
