import { print, quote, toBytes, type ByteString } from '../../engine/index.ts';
import type { PartChange } from './condition.ts';
import { isListCheck, type Leaf, type ListCheck, type Part } from './parts.ts';

/** A line of a comparison: `~` marks one that is there on both sides and differs. */
export interface DiffLine {
  readonly mark: ' ' | '+' | '-' | '~';
  readonly text: ByteString;
}

/** Longer lists are cut. */
const MOST_ITEMS = 12;

const INDENT = '    ';

const ELLIPSIS = toBytes('…');

/** Changes of a condition as lines: one for each check, indented by its depth; parts that did not change are only counted. */
export function changeLines(changes: readonly PartChange[]): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  for (const change of changes) addChange(lines, change, '', undefined);
  return lines;
}

/** `indent` stands before the line, then `head`: the word that ties the part to the one before, and `not`; undefined for a whole condition. */
function addChange(lines: DiffLine[], change: PartChange, indent: string, head: string | undefined): void {
  switch (change.kind) {
    case 'same':
      addPart(lines, change.part, ' ', indent, head);
      break;
    case 'added':
      addPart(lines, change.part, '+', indent, head);
      break;
    case 'removed':
      addPart(lines, change.part, '-', indent, head);
      break;
    case 'items':
      lines.push({ mark: '~', text: `${indent}${head ?? ''}${itemsText(change)}` });
      break;
    case 'not':
      addChange(lines, change.change, indent, `${head ?? ''}not `);
      break;
    default: {
      const inner = open(lines, ' ', indent, head);
      const same: Part[] = [];
      const showSame = (): void => {
        if (same.length === 1 && same[0]!.kind === 'check')
          addPart(lines, same[0]!, ' ', inner, tie(change.kind));
        else if (same.length > 0)
          lines.push({
            mark: ' ',
            text: `${inner}${ELLIPSIS} ${same.length} unchanged ${plural(same.length, 'part')}`,
          });
        same.length = 0;
      };
      for (const part of change.changes) {
        if (part.kind === 'same') {
          same.push(part.part);
          continue;
        }
        showSame();
        addChange(lines, part, inner, tie(change.kind));
      }
      showSame();
      close(lines, ' ', indent, head);
    }
  }
}

function addPart(
  lines: DiffLine[],
  part: Part,
  mark: DiffLine['mark'],
  indent: string,
  head: string | undefined,
): void {
  switch (part.kind) {
    case 'check':
      lines.push({ mark, text: `${indent}${head ?? ''}${checkText(part.check)}` });
      break;
    case 'not':
      addPart(lines, part.part, mark, indent, `${head ?? ''}not `);
      break;
    default: {
      const inner = open(lines, mark, indent, head);
      part.parts.forEach((child, i) => addPart(lines, child, mark, inner, i === 0 ? '' : tie(part.kind)));
      close(lines, mark, indent, head);
    }
  }
}

const tie = (kind: 'and' | 'or'): string => `${kind} `;
const plural = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`);

/** A whole condition needs no brackets. */
function open(lines: DiffLine[], mark: DiffLine['mark'], indent: string, head: string | undefined): string {
  if (head === undefined) return '';
  lines.push({ mark, text: `${indent}${head}(` });
  return indent + INDENT;
}

function close(lines: DiffLine[], mark: DiffLine['mark'], indent: string, head: string | undefined): void {
  if (head !== undefined) lines.push({ mark, text: `${indent})` });
}

function checkText(check: Leaf): ByteString {
  if (!isListCheck(check) || check.right.values.length <= MOST_ITEMS) return print(check);
  return `${beginning(check)} (${shortened(check.right.values.map(quote))})`;
}

/** The check without its list. */
function beginning({ left, op, modifier }: ListCheck): ByteString {
  return `${print(left)} ${op}${modifier === undefined ? '' : ` ${modifier}`}`;
}

const shortened = (items: readonly ByteString[]): ByteString =>
  items.length <= MOST_ITEMS
    ? items.join(', ')
    : `${items.slice(0, MOST_ITEMS - 1).join(', ')}, ${ELLIPSIS} ${items.length - MOST_ITEMS + 1} more`;

function itemsText({ next, added, removed }: Extract<PartChange, { kind: 'items' }>): ByteString {
  const kept = new Set(next.right.values).size - added.length;
  const changes = [
    ...(added.length + removed.length === 0 ? ['in another order'] : []),
    ...added.map((item) => `+ ${quote(item)}`),
    ...removed.map((item) => `- ${quote(item)}`),
  ];
  return `${beginning(next)} (${[...(kept > 0 ? [`${ELLIPSIS} ${kept} unchanged`] : []), shortened(changes)].join(', ')})`;
}
