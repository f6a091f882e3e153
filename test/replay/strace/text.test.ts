import { expect } from 'chai';
import fc from 'fast-check';
import {
  bytesOfString,
  fieldsOf,
  find,
  integerOf,
  itemsOf,
  namesOf,
  noteOf,
  productOf,
  split,
} from '../../../replay/strace/text.ts';

describe('the notation of strace', () => {
  const lists: readonly (readonly [text: string, parts: readonly string[]])[] = [
    ['', []],
    ['  ', []],
    ['1', ['1']],
    ['AT_FDCWD</a,b>, "c,d", O_RDONLY|O_CLOEXEC', ['AT_FDCWD</a,b>', '"c,d"', 'O_RDONLY|O_CLOEXEC']],
    ['3<TCP:[127.0.0.1:40->127.0.0.1:80]>, "x", 1', ['3<TCP:[127.0.0.1:40->127.0.0.1:80]>', '"x"', '1']],
    ['1</dev/null<char 1:3>>, 2', ['1</dev/null<char 1:3>>', '2']],
    ['3<UNIX-STREAM:[1->2,"/a]>b,c"]>, 4', ['3<UNIX-STREAM:[1->2,"/a]>b,c"]>', '4']],
    ['{a=[1, 2], b={c=3, d=4}}, x', ['{a=[1, 2], b={c=3, d=4}}', 'x']],
    ['"a\\"b, c", 1', ['"a\\"b, c"', '1']],
    ['NULL, 8 /* a, b */, 9', ['NULL', '8 /* a, b */', '9']],
    ['[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0', ['[{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}]', '0']],
    ['MAP_PRIVATE|21<<MAP_HUGE_SHIFT, -1', ['MAP_PRIVATE|21<<MAP_HUGE_SHIFT', '-1']],
    // What is never closed goes on to the end.
    ['"abc, 1', ['"abc, 1']],
    ['{a, b', ['{a, b']],
  ];
  for (const [text, parts] of lists)
    it(`splits ${JSON.stringify(text)}`, () => expect(split(text)).to.deep.equal(parts));

  const strings: readonly (readonly [text: string, bytes: string | undefined])[] = [
    ['"plain"', 'plain'],
    ['""', ''],
    ['"a\\nb\\tc\\\\\\"d"', 'a\nb\tc\\"d'],
    ['"\\0\\177ELF\\2\\1"', '\0\x7fELF\x02\x01'],
    ['"\\303\\244\\0019"', '\xc3\xa4\x019'],
    ['"\\x2f\\x65\\x74\\x63"', '/etc'],
    ['"cut"...', 'cut'],
    ['@"abstract"', 'abstract'],
    ['NULL', undefined],
    ['0x7ffe', undefined],
  ];
  for (const [text, bytes] of strings) it(`reads ${text}`, () => expect(bytesOfString(text)).to.equal(bytes));

  const integers: readonly (readonly [text: string, value: number | string | undefined])[] = [
    ['0', 0],
    ['-1', -1],
    ['4096', 4096],
    ['0644', 0o644],
    ['0x1f', 31],
    ['0xffffffffffffffff', '0xffffffffffffffff'],
    ['18446744073709551615', '18446744073709551615'],
    ['NULL', 0],
    ['7 /* seven */', 7],
    ['1.5', undefined],
    ['O_RDONLY', undefined],
  ];
  for (const [text, value] of integers)
    it(`reads the number ${text}`, () => expect(integerOf(text)).to.equal(value));

  it('multiplies', () => {
    expect(productOf('8192*1024')).to.equal(8388608);
    expect(productOf('0xffffffffffffffff*3')).to.equal('18446744073709551613');
    expect(productOf('RLIM64_INFINITY')).to.equal(undefined);
  });

  const notes: readonly (readonly [text: string, note: string | undefined])[] = [
    ['3</etc/passwd>', '/etc/passwd'],
    ['3</tmp/a-\\76>', '/tmp/a-\\76'],
    ['3</tmp/x>(deleted)', '/tmp/x'],
    ['AT_FDCWD</root>', '/root'],
    ['0</dev/null<char 1:3>>', '/dev/null<char 1:3>'],
    ['3<TCPv6:[[::1]:80->[::1]:4]>', 'TCPv6:[[::1]:80->[::1]:4]'],
    ['5<anon_inode:[eventpoll]>', 'anon_inode:[eventpoll]'],
    ['3', undefined],
    ['-1', undefined],
    ['3<open', undefined],
    ['"a"</b>', undefined],
  ];
  for (const [text, note] of notes)
    it(`finds the note of ${text}`, () => expect(noteOf(text)).to.equal(note));

  it('reads lists and structures', () => {
    expect(itemsOf('[3<pipe:[7]>, 4<pipe:[7]>]')).to.deep.equal(['3<pipe:[7]>', '4<pipe:[7]>']);
    expect(itemsOf('["a", "b"...]')).to.deep.equal(['"a"', '"b"...']);
    expect(itemsOf('0x7ffc')).to.deep.equal([]);
    expect([...fieldsOf('{tv_sec=1, tv_nsec=5}')]).to.deep.equal([
      ['tv_sec', '1'],
      ['tv_nsec', '5'],
    ]);
    expect(fieldsOf('{flags=CLONE_VM, exit_signal=0} => {parent_tid=[7]}').get('parent_tid')).to.equal('[7]');
    expect([...fieldsOf('{a=1} => {a=2}')]).to.deep.equal([['a', '2']]);
    expect(namesOf('O_RDWR|O_CREAT')).to.deep.equal(['O_RDWR', 'O_CREAT']);
    expect(namesOf('0x42 /* O_RDWR|O_CREAT */')).to.deep.equal(['O_RDWR', 'O_CREAT']);
  });

  it('gives every string of bytes back', () => {
    // As strace writes them: octal where nothing shorter is clear.
    const quote = (bytes: Uint8Array) =>
      `"${Array.from(bytes, (byte, i) => {
        const char = String.fromCharCode(byte);
        if (char === '"' || char === '\\') return `\\${char}`;
        if (byte >= 32 && byte < 127) return char;
        const next = bytes[i + 1] ?? 0;
        const digits = byte.toString(8);
        return `\\${next >= 48 && next <= 57 ? digits.padStart(3, '0') : digits}`;
      }).join('')}"`;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = bytesOfString(`${quote(bytes)}, 5`);
        expect(Buffer.from(read!, 'latin1').equals(bytes)).to.equal(true);
        expect(split(`${quote(bytes)}, 5`)).to.have.lengthOf(2);
      }),
    );
  });

  it('takes anything, and loses nothing of it', () => {
    const piece = fc.constantFrom(
      ...'()[]{}<>"\\,=|-/* 0123AT_FDCWD:]>\n'.split(''),
      '3</a>',
      'TCP:[',
      '/*',
      '*/',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        expect(find(text, 0, ',')).to.be.at.most(text.length);
        const parts = split(text);
        expect(parts.join('').replaceAll(/[\s,]/g, '')).to.equal(text.replaceAll(/[\s,]/g, ''));
        for (const part of parts) {
          itemsOf(part);
          fieldsOf(part);
          noteOf(part);
          bytesOfString(part);
        }
      }),
      { numRuns: 500 },
    );
  });
});
