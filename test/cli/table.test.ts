import { expect } from 'chai';
import { printable, table } from '../../cli/table.ts';
import { toBytes } from '../../engine/index.ts';

describe('table', () => {
  const rows = [
    ['1', 'a', 'first'],
    ['100', 'bcd', 'second of two'],
  ];
  it('makes columns as wide as they must be', () =>
    expect(table(['N', 'X', 'LAST'], rows, { right: [0] })).to.equal(
      '  N  X    LAST\n  1  a    first\n100  bcd  second of two\n',
    ));
  it('cuts lines', () =>
    expect(table(['N', 'X', 'LAST'], rows, { width: 12 })).to.equal(
      'N    X    L…\n1    a    f…\n100  bcd  s…\n',
    ));
  it('has a head of its own', () => expect(table(['N'], [])).to.equal('N\n'));
});

describe('printable', () => {
  it('leaves no control characters', () =>
    expect(printable(toBytes('é\x1b[2J\n\x9b'))).to.equal('é\ufffd[2J\ufffd\ufffd'));
});
