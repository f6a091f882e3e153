import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { toBytes } from '../../../engine/bytes.ts';
import { allFields, bindField, type BoundField, type FieldError } from '../../../engine/fields/index.ts';
import type { Expr, Position } from '../../../engine/filter/ast.ts';
import { compileCondition } from '../../../engine/filter/condition.ts';
import { eventCodes, eventNames } from '../../../engine/filter/event-types.ts';
import { ConditionError, parse } from '../../../engine/filter/parser.ts';
import { print } from '../../../engine/filter/print.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

interface Expected {
  id: string;
  condition: string;
  ok: boolean;
  error: string | null;
  position?: { offset: number; line: number; column: number };
  compiled?: string;
  events?: string[];
}

interface Verdict {
  ok: boolean;
  error: string | null;
  position?: Position;
  expr?: Expr;
}

/** The loader's part: it puts macros in place of their names before it compiles, and none is defined here. */
function refuseMacros(expr: Expr): void {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.children.forEach(refuseMacros);
    case 'not':
      return refuseMacros(expr.child);
    case 'identifier':
      throw new ConditionError(`Undefined macro '${expr.name}' used in filter.`, expr.position);
  }
}

// The verdicts were made without the container plug-in.
const ofPlugin = new Set(allFields.find(({ name }) => name.startsWith('container'))!.fields);

function lookup(name: string, arg: string | undefined): BoundField | FieldError | undefined {
  const found = bindField(name, arg);
  return found !== undefined && 'field' in found && ofPlugin.has(found.field) ? undefined : found;
}

function judge(condition: string): Verdict {
  try {
    const expr = parse(toBytes(condition));
    refuseMacros(expr);
    compileCondition(expr, lookup);
    eventCodes(expr);
    return { ok: true, error: null, expr };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return { ok: false, error: error.message, position: error.position };
  }
}

describe('conditions, as Falco judges them', function () {
  if (!hasOracle()) return;
  const cases = readFileSync(oraclePath('conditions.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Expected)
    // Rule files with an empty condition do not get this far.
    .filter(({ condition }) => condition !== '');

  it('gives the verdict, the message and the place of every error', () => {
    const wrong = cases.flatMap(({ id, condition, ok, error, position }) => {
      const verdict = judge(condition);
      const at = verdict.position;
      const got = [verdict.ok, verdict.error, at && [at.index, at.line, at.column]];
      const want = [
        ok,
        error === null ? null : toBytes(error),
        position && [position.offset, position.line, position.column],
      ];
      return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ id, condition, got, want }];
    });
    expect(wrong).to.deep.equal([]);
  });

  it('prints what was understood', () => {
    for (const { condition, ok, compiled } of cases)
      if (ok && compiled !== undefined)
        expect(print(parse(toBytes(condition))), condition).to.equal(toBytes(compiled));
  });

  it('knows the events that a condition is about', () => {
    for (const { condition, events } of cases)
      if (events !== undefined)
        expect([...eventNames(parse(toBytes(condition)))].sort(), condition).to.deep.equal(events.sort());
  });
});
