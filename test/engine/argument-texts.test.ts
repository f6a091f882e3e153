import { expect } from 'chai';
import fc from 'fast-check';
import { argumentTexts, EVENTS, type ParamInfo } from '../../engine/index.ts';
import { enumNames, flagNames, modeNames } from '../../engine/flags.ts';

const paramOf = (event: string, name: string): ParamInfo =>
  EVENTS.flatMap((info) =>
    info.name === event && !info.flags.includes('old_version') ? info.params : [],
  ).find((param) => param.name === name)!;

describe('argumentTexts', () => {
  const cases: [event: string, param: string, can: string[], cannot: string[]][] = [
    [
      'socket',
      'domain',
      ['AF_INET', 'AF_LOCAL|AF_UNIX', '99', '<NA>'],
      ['AF_UNIX', '2', 'AF_UNIX|AF_LOCAL', 'INET'],
    ],
    [
      'openat',
      'flags',
      ['O_CREAT|O_RDONLY', 'O_NONE', 'O_RDWR'],
      ['O_RDONLY|O_CREAT', 'O_WRONLY|O_RDONLY', '0', '1'],
    ],
    ['openat', 'mode', ['0', '0644'], ['644', '0o644', '0999', 'S_IRUSR']],
    ['fchmodat', 'mode', ['0', 'S_IXOTH|S_IRUSR'], ['0644', 'S_IRUSR|S_IXOTH']],
    ['mknod', 'mode', ['S_IFCHR|S_IFBLK', 'S_IRUSR|S_IFCHR'], ['S_IFBLK', 'S_IRUSR|S_IFBLK']],
    ['setuid', 'uid', ['root', '<NONE>'], ['0', '-1', '1000']],
    ['kill', 'sig', ['SIGKILL', '64', '0'], ['9', 'KILL']],
    ['kill', 'res', ['0', 'ESRCH', '-4000'], ['-3', 'SUCCESS', 'SRCH']],
    ['close', 'fd', ['<f>/etc/passwd', '3', 'EBADF'], ['/etc/passwd', '-9', '-100']],
    ['nanosleep', 'interval', ['1.5s'], ['1500000000']],
  ];
  for (const [event, name, can, cannot] of cases)
    it(`knows what ${name} of ${event} can be`, () => {
      const texts = argumentTexts(paramOf(event, name))!;
      expect(can.filter((text) => !texts.canBe(text))).to.deep.equal([]);
      expect(cannot.filter((text) => texts.canBe(text))).to.deep.equal([]);
    });

  it('says nothing of texts and paths', () =>
    expect([argumentTexts(paramOf('openat', 'name')), argumentTexts(paramOf('execve', 'exe'))]).to.deep.equal(
      [undefined, undefined],
    ));

  it('excludes nothing that is shown of names', () => {
    const params = EVENTS.flatMap((info) => info.params).filter(({ values }) => values !== undefined);
    const value = fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 0xffff_ffff }));
    fc.assert(
      fc.property(fc.constantFrom(...params), value, (param, number) => {
        const { type, values = [] } = param;
        const namesOf = type === 'mode' ? modeNames : type.startsWith('enum') ? enumNames : flagNames;
        const width = type.endsWith('8') ? 0xff : type.endsWith('16') ? 0xffff : 0xffff_ffff;
        const bits = (number & width) >>> 0;
        const names = namesOf(bits, values);
        const plain = type === 'mode' ? (bits === 0 ? '0' : `0${bits.toString(8)}`) : String(bits);
        const texts = argumentTexts(param)!;
        expect(texts.canBe(names === '' ? plain : names), `${param.name} ${bits} ${names}`).to.equal(true);
        for (const name of names.split('|')) expect(texts.canHold(name), name).to.equal(true);
      }),
      { numRuns: 5000 },
    );
  });
});
