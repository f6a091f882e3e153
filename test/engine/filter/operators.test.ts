import { expect } from 'chai';
import type { FieldType } from '../../../engine/fields/define.ts';
import type { BinaryOperator, Modifier } from '../../../engine/filter/ast.ts';
import { operatorProblem } from '../../../engine/filter/operators.ts';
import { isSimple, transformedShape } from '../../../engine/filter/transformers.ts';

const ALL =
  '= == != < <= > >= in intersects contains icontains bcontains startswith bstartswith endswith glob iglob pmatch regex';
const operators = ALL.split(' ') as BinaryOperator[];
const MODIFIERS: readonly (Modifier | undefined)[] = [undefined, 'oneof', 'anyof', 'allof'];

const NUMBER = '= == != < <= > >= in intersects';
const ADDRESS = '= == != in intersects';

/** The operators that the values of each type have, and what Falco calls values of this type when it refuses others. */
const OPERATORS: Readonly<Record<FieldType, readonly [accepted: string, called: string]>> = {
  CHARBUF: [ALL.replace('bcontains ', '').replace('bstartswith ', ''), 'for string filters'],
  BYTEBUF: [`${ADDRESS} contains bcontains startswith bstartswith endswith`, 'for buffer filters'],
  BOOL: [ADDRESS, 'for numeric filters'],
  DOUBLE: [NUMBER, 'for numeric filters'],
  INT8: [NUMBER, 'for numeric filters'],
  INT16: [NUMBER, 'for numeric filters'],
  INT32: [NUMBER, 'for numeric filters'],
  INT64: [NUMBER, 'for numeric filters'],
  UINT8: [NUMBER, 'for numeric filters'],
  UINT16: [NUMBER, 'for numeric filters'],
  UINT32: [NUMBER, 'for numeric filters'],
  UINT64: [NUMBER, 'for numeric filters'],
  ABSTIME: [NUMBER, 'for numeric filters'],
  RELTIME: [NUMBER, 'for numeric filters'],
  PORT: [NUMBER, 'for numeric filters'],
  IPADDR: [ADDRESS, 'for ip address and network filters'],
  IPNET: [ADDRESS, 'for ip address and network filters'],
  DYNAMIC: ['', "for type 'DYNAMIC'"],
};

/** Types of which there can be lists. */
const LISTED: readonly FieldType[] = ['CHARBUF', 'UINT64', 'RELTIME', 'ABSTIME', 'BOOL', 'IPADDR', 'IPNET'];

const types = Object.keys(OPERATORS) as FieldType[];

describe('which operators values have', () => {
  for (const type of types)
    for (const modifier of MODIFIERS)
      it(`${type}${modifier === undefined ? '' : ` with ${modifier}`}`, () => {
        const [accepted, called] = OPERATORS[type];
        for (const op of operators) {
          const name = op === '==' ? '=' : op;
          const isAddress = called.includes('ip address') && modifier !== undefined;
          const problem = isAddress
            ? `'${name}' with modifier not supported ${called}`
            : `'${name}' operator not supported ${called}`;
          expect(operatorProblem(op, modifier, type, false), op).to.equal(
            accepted.split(' ').includes(op) ? undefined : problem,
          );
        }
        expect(operatorProblem('exists', modifier, type, false)).to.equal(undefined);
      });

  for (const type of types)
    it(`lists of ${type}`, () => {
      for (const op of operators) {
        const expected = !LISTED.includes(type)
          ? `list filters are not supported for type '${type}'`
          : op === 'in' || op === 'intersects'
            ? undefined
            : `'${op === '==' ? '=' : op}' operator not supported list filters`;
        expect(operatorProblem(op, undefined, type, true), op).to.equal(expected);
      }
      expect(operatorProblem('exists', undefined, type, true)).to.equal(undefined);
    });
});

describe('what transformers take and give', () => {
  const texts: readonly FieldType[] = ['CHARBUF'];
  const bytes: readonly FieldType[] = ['CHARBUF', 'BYTEBUF'];
  const TAKES = { tolower: texts, toupper: texts, basename: texts, b64: bytes, len: bytes } as const;

  for (const name of ['tolower', 'toupper', 'basename', 'b64'] as const)
    it(`${name}: the same as it takes, lists included`, () => {
      for (const type of types)
        for (const list of [false, true])
          expect(transformedShape(name, { type, list }), type).to.deep.equal(
            TAKES[name].includes(type) ? { type, list } : undefined,
          );
    });

  it('len: a number, of every list too', () => {
    const number = { type: 'UINT64', list: false };
    for (const type of types) {
      expect(transformedShape('len', { type, list: true }), type).to.deep.equal(number);
      expect(transformedShape('len', { type, list: false }), type).to.deep.equal(
        TAKES.len.includes(type) ? number : undefined,
      );
    }
  });

  it('knows the transformers of one argument by name', () => {
    for (const name of Object.keys(TAKES)) expect(isSimple(name), name).to.equal(true);
    for (const name of ['join', 'concat', 'getopt', 'val', '']) expect(isSimple(name), name).to.equal(false);
  });
});
