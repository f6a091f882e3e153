import { fromBytes, type ByteString, type SourcePlace } from '../engine/index.ts';
import {
  decisiveChecks,
  writtenCheck,
  type ConditionNode,
  type Decision,
  type ModelRule,
  type DecisionOutcome,
} from '../rules/index.ts';
import { paint, type Layout } from './columns.ts';

const MARKS: Readonly<Record<DecisionOutcome, string>> = {
  true: '✓',
  false: '✗',
  unknown: '?',
  unreached: '·',
};
const COLOURS: Readonly<Record<DecisionOutcome, 'green' | 'red' | 'yellow' | 'dim'>> = {
  true: 'green',
  false: 'red',
  unknown: 'yellow',
  unreached: 'dim',
};

/** Longer texts of conditions and values are cut. */
const LONGEST = 100;

/** So many decisive checks are pointed out, in a column behind them. */
const MOST_POINTED = 8;

/** How a decision is shown. */
export interface DecisionOptions {
  /** Opens every macro; else only those on which the result rests. */
  readonly full?: boolean;
  /** The rule, for the names of its exceptions. */
  readonly rule?: ModelRule;
}

/**
 * Why a condition came out as it did, one line for each part: how the part came out, the part as it is written, what its left side reads, and where
 * it stands if the result rests on it.
 *
 *     ✗ and
 *       ✓ program_started
 *       ✗ inside_container
 *         ✗ container.id != host                     is host          ◀ containers.yaml:12:15
 *       · proc.name in (shell_programs)              is bash
 */
export function renderDecision(decision: Decision, layout: Layout, options: DecisionOptions = {}): string {
  const rows = rowsOf(decision, options, 0);
  const width = Math.min(60, Math.max(0, ...rows.map(({ depth, text }) => depth * 2 + text.length)));
  return rows.map((row) => renderRow(row, width, layout)).join('\n');
}

interface DecisionRow {
  readonly depth: number;
  readonly outcome: DecisionOutcome;
  readonly text: string;
  readonly value: string | undefined;
  readonly place: SourcePlace | undefined;
}

function rowsOf(decision: Decision, options: DecisionOptions, depth: number): readonly DecisionRow[] {
  const few = decisiveChecks(decision).length <= MOST_POINTED;
  const names = new Map<ConditionNode, ByteString>(
    options.rule?.exceptions.map(({ condition, exception }) => [condition, exception.name]),
  );
  const rows: DecisionRow[] = [];
  const add = (part: Decision, level: number): void => {
    const { node, outcome } = part;
    const text = textOf(part, names);
    const isOpen = options.full === true || (outcome !== 'unreached' && part.decides && !isRuledOut(part));
    const check = node.kind === 'not' ? part.parts[0]! : part;
    rows.push({
      depth: level,
      outcome,
      text,
      value: isPlain(node) ? valueOf(check) : undefined,
      place: isPlain(node) && part.decides && few ? check.node.place : undefined,
    });
    if (isPlain(node) || !isOpen) return;
    for (const inner of innerParts(part)) add(inner, level + 1);
  };
  add(decision, depth);
  return rows;
}

/** What has one line, a value and a place: a check, denied or not. */
const isPlain = (node: ConditionNode): boolean =>
  node.kind === 'check' || (node.kind === 'not' && node.child.kind === 'check');

/** What a rule excludes, and rightly did not: it interests nobody who asks why the rule fired. */
const isRuledOut = ({ node, outcome }: Decision): boolean => node.kind === 'not' && outcome === 'true';

/** What stands below a part: macros and `not` have no lines of their own below their names, as these say how what follows is joined. */
function innerParts({ node, parts }: Decision): readonly Decision[] {
  const [body] = parts;
  if (node.kind !== 'not' && node.kind !== 'macro') return parts;
  return isPlain(body!.node) ? [body!] : innerParts(body!);
}

function textOf({ node, parts }: Decision, names: ReadonlyMap<ConditionNode, ByteString>): string {
  const exception = names.get(node);
  switch (node.kind) {
    case 'check':
      return shortened(fromBytes(writtenCheck(node)));
    case 'macro':
      return `${fromBytes(node.name)}${joinedBy(node.body)}`;
    case 'not': {
      const name = names.get(node.child);
      if (name !== undefined) return `exception ${fromBytes(name)} does not apply`;
      return `not ${textOf(parts[0]!, names)}`;
    }
    default:
      return exception === undefined
        ? node.kind === 'and'
          ? 'all of'
          : 'any of'
        : `exception ${fromBytes(exception)}`;
  }
}

const joinedBy = (body: ConditionNode): string =>
  body.kind === 'and' ? ', all of' : body.kind === 'or' ? ', any of' : '';

function valueOf({ left, right, outcome }: Decision): string {
  const missing = outcome === 'unknown' ? 'not told' : 'absent';
  const text = left === undefined ? missing : shownValue(left);
  return right === undefined ? text : `${text}, right side is ${quoted(right)}`;
}

/** What a field reads: `is bash`, `absent`. */
export const shownValue = (value: ByteString | undefined): string =>
  value === undefined ? 'absent' : `is ${quoted(value)}`;

const quoted = (value: ByteString): string => (value === '' ? '""' : shortened(visible(fromBytes(value))));

/** Control characters are shown, not obeyed. */
const visible = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  text.replace(/[\0-\x1f\x7f-\x9f]/g, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`);

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

function renderRow(
  { depth, outcome, text, value, place }: DecisionRow,
  width: number,
  layout: Layout,
): string {
  const indent = '  '.repeat(depth);
  const mark = paint(COLOURS[outcome], MARKS[outcome], layout);
  const body = outcome === 'unreached' ? paint('dim', text, layout) : text;
  const cells = [`${indent}${mark} ${body}`];
  if (value !== undefined) {
    cells.push(' '.repeat(Math.max(2, width - indent.length - text.length + 2)));
    cells.push(paint(place === undefined ? 'dim' : 'bold', value, layout));
    if (place !== undefined) cells.push(paint(COLOURS[outcome], `  ◀ ${placeText(place)}`, layout));
  }
  return cells.join('');
}

/** `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: SourcePlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
