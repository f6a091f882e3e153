import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { fromBytes, toBytes } from '../../../engine/bytes.ts';
import type { Expr } from '../../../engine/filter/ast.ts';
import { ConditionError, parse } from '../../../engine/filter/parser.ts';
import { print } from '../../../engine/filter/print.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';

/** The tree of a condition without its positions. */
const shape = (expr: Expr): unknown =>
  JSON.parse(JSON.stringify(expr, (key, value: unknown) => (key === 'position' ? undefined : value)));

describe('parse', () => {
  const printed: [string, string][] = [
    ['evt.type=open', 'evt.type = open'],
    ['a.b = 1 or c.d = 2 and e.f = 3', '(a.b = 1 or (c.d = 2 and e.f = 3))'],
    ['(a.b=1)and(b.c=2)', '(a.b = 1 and b.c = 2)'],
    ['not not a.b exists', 'a.b exists'],
    ['not (not a.b exists)', 'not not a.b exists'],
    ['proc.name in (a,"b c",\'d\')', 'proc.name in (a, "b c", d)'],
    ['proc.name in ()', 'proc.name in ()'],
    ['proc.name inside', 'proc.name in side'],
    ['x.y = openand', 'x.y = openand'],
    ['x.y startswith oneof (a, b)', 'x.y startswith oneof (a, b)'],
    ['x.y startswith oneof', 'x.y startswith oneof'],
    ['x.y startswith oneof and macro', '(x.y startswith oneof and macro)'],
    ['x.y = oneof notlist', 'x.y = oneof notlist'],
    ['proc.aname["2"] = x', 'proc.aname[2] = x'],
    ['a.b = val( c.d )', 'a.b = val(c.d)'],
    ['tolower( a.b ) = x', 'tolower(a.b) = x'],
    ['join(",", ("a", c.d)) = x', 'join(,,(a,c.d)) = x'],
    ['regex.x regex \\.sh$', 'regex.x regex "\\\\.sh$"'],
    ['a.b = "x\\ y"', 'a.b = "x\\\\y"'],
    ['a.b = "é"', 'a.b = é'],
  ];
  for (const [text, expected] of printed)
    it(text, () => expect(fromBytes(print(parse(toBytes(text))))).to.equal(expected));

  const errors: [text: string, message: string, line: number, column: number][] = [
    ['', 'filter input string is empty', 1, 1],
    ['a.b = ', 'expected a string value or a field', 1, 7],
    ['a.b > x', 'expected a number value', 1, 7],
    ['a.b\n= 1 and\n)', "expected a '(' token, a field check, or an identifier", 3, 1],
    ['(a.b = 1', "expected a ')' token", 1, 9],
    ['a.b = 1 AND c.d = 2', "unexpected token after '1', expecting 'or', 'and'", 1, 9],
    ['a.b in (a,)', 'expected a string value', 1, 11],
    ['a.b in (a b)', "expected a ')' token", 1, 11],
    ['a.b[] = 1', 'expected a valid field argument', 1, 5],
    ['a.b = "\\d"', 'unsupported string escape sequence: \\d', 1, 11],
    ['a.b = "x', 'expected a string value', 1, 7],
    ['a.b andx', 'expected a valid check operator: one of', 1, 5],
  ];
  for (const [text, message, line, column] of errors)
    it(`refuses ${JSON.stringify(text)}`, () => {
      try {
        parse(toBytes(text));
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        expect(error.message).to.contain(message);
        expect([error.position.line, error.position.column]).to.deep.equal([line, column]);
        return;
      }
      expect.fail('parsed');
    });

  it('refuses nesting that would exhaust the stack', () => {
    expect(() => parse('('.repeat(100000) + 'a.b = 1')).to.throw(ConditionError, 'max depth');
    expect(() => parse(`${'tolower('.repeat(100000)}a.b = 1`)).to.throw(ConditionError, 'max depth');
    expect(parse('('.repeat(900) + 'a.b = 1' + ')'.repeat(900)).kind).to.equal('binary');
  });

  it('ends messages at a NUL, unless nothing would be left', () => {
    expect(new ConditionError('a\0b', { index: 0, line: 1, column: 1 }).message).to.equal('a');
    expect(new ConditionError('\0 is wrong', { index: 0, line: 1, column: 1 }).message).to.equal(
      '\\0 is wrong',
    );
  });

  it('never throws anything but a ConditionError', () => {
    const word = fc.constantFrom(
      'and',
      'or',
      'not',
      ' ',
      '(',
      ')',
      'a.b',
      '=',
      'in',
      ',',
      '"',
      "'",
      '\\',
      'val(',
      'len(',
      '[',
      ']',
      'x',
      '1',
      'oneof ',
      '\n',
      'startswith ',
      '\xff',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        try {
          parse(words.join(''));
        } catch (error) {
          expect(error).to.be.instanceOf(ConditionError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what it prints', () => {
    // Brackets, commas and \\v are not put into quotes by Falco's printer: such values do not survive.
    const value = fc
      .string({ minLength: 1, unit: fc.constantFrom(...'abcz019 _-./"\'=\\\n\tüß{}[]|%') })
      // Nor does a backslash at the end, which Falco's lexer takes for an escape of the quote.
      .filter((text) => !text.endsWith('\\'))
      .map(toBytes);
    const leaf = fc.oneof(
      fc.tuple(fc.constantFrom('=', '!=', '==', 'contains', 'glob', 'regex'), value).map(
        ([op, text]) =>
          ({
            kind: 'binary',
            left: { kind: 'field', name: 'proc.name' },
            op,
            right: { kind: 'value', value: text },
          }) as unknown as Expr,
      ),
      fc.array(fc.stringMatching(/^[a-z ]{1,5}$/), { maxLength: 3 }).map(
        (values) =>
          ({
            kind: 'binary',
            left: { kind: 'field', name: 'proc.name' },
            op: 'in',
            right: { kind: 'list', values },
          }) as unknown as Expr,
      ),
      fc.constant({
        kind: 'unary',
        left: { kind: 'field', name: 'fd.name' },
        op: 'exists',
      } as unknown as Expr),
    );
    const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
      expr: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .tuple(fc.constantFrom('and', 'or'), fc.array(tie('expr'), { minLength: 2, maxLength: 3 }))
          .map(([kind, children]) => ({ kind, children }) as unknown as Expr),
      ),
    }));
    fc.assert(
      fc.property(expr, (tree) => {
        expect(shape(parse(print(tree)))).to.deep.equal(shape(tree));
      }),
    );
  });

  if (hasOracle())
    it('gives the verdict and the words of Falco on every condition of the reference data', () => {
      for (const line of readFileSync(oraclePath('conditions.jsonl'), 'utf8').trim().split('\n')) {
        const { condition, ok, error, compiled } = JSON.parse(line) as {
          condition: string;
          ok: boolean;
          error: string;
          compiled?: string;
        };
        if (condition === '') continue; // Refused by the rule loader before it is parsed.
        try {
          const text = fromBytes(print(parse(toBytes(condition))));
          if (ok && compiled !== undefined) expect(text, condition).to.equal(compiled);
        } catch (thrown) {
          if (!(thrown instanceof ConditionError)) throw thrown;
          expect([condition, fromBytes(thrown.message)]).to.deep.equal([condition, error]);
        }
      }
    });
});
