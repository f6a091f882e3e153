import { expect } from 'chai';
import { allFields, findField, type Field } from '../../../engine/fields/index.ts';
import { FIELD_TYPES, fieldWords, findFields, formsOf, marksOf } from '../../../engine/fields/reference.ts';

const every = allFields.flatMap(({ fields }) => fields);

describe('forms of a field', () => {
  const cases: [name: string, forms: string[]][] = [
    ['proc.name', ['proc.name']],
    ['proc.aname', ['proc.aname', 'proc.aname[LEVEL]']],
    ['proc.aenv', ['proc.aenv', 'proc.aenv[LEVEL]', 'proc.aenv[NAME]']],
    ['evt.arg', ['evt.arg.NAME', 'evt.arg[INDEX]']],
    ['evt.rawarg', ['evt.rawarg.NAME']],
    ['evt.abspath', ['evt.abspath', 'evt.abspath.src', 'evt.abspath.dst']],
    ['evt.around', ['evt.around[TIME]']],
    ['container.mount', ['container.mount[INDEX]', 'container.mount[PATTERN]']],
  ];
  for (const [name, forms] of cases)
    it(`of ${name}`, () => expect(formsOf(findField(name)!)).to.deep.equal(forms));

  // What stands for a word in capitals in a real condition.
  const ARGUMENTS: Readonly<Record<string, string>> = {
    INDEX: '0', LEVEL: '2', FD: '1', TIME: '1', NAME: 'fd', TYPE: 'open', SUBSYSTEM: 'cpu', PATTERN: '^/etc',
  }; // prettier-ignore
  it('are those that can be written', () => {
    for (const field of every)
      for (const form of formsOf(field)) {
        const written = form.replace(/[A-Z]{2,}/g, (word) => ARGUMENTS[word]!);
        expect(
          findFields(written).map(({ fields }) => fields),
          form,
        ).to.deep.equal([[field]]);
      }
  });
});

describe('finding fields', () => {
  const selections: [word: string, names: (name: string) => boolean][] = [
    ['proc.name', (name) => name === 'proc.name'],
    ['evt.arg.path', (name) => name === 'evt.arg'],
    ['evt.arg[0]', (name) => name === 'evt.arg'],
    ['thread.cgroup.cpu', (name) => name === 'thread.cgroup'],
    ['proc', (name) => name.startsWith('proc.')],
    ['evt', (name) => name.startsWith('evt.')],
    ['fd', (name) => name.startsWith('fd.')],
    ['container', (name) => name.startsWith('container.')],
    ['container.image', (name) => name === 'container.image'],
    ['fs.path', (name) => name.startsWith('fs.path.')],
    ['container (plugin)', (name) => /^(container|k8s)\.|^proc\.is_container/.test(name)],
    ['process', (name) => /^(proc|thread)\./.test(name) && !name.startsWith('proc.is_container')],
    ['proc.nam', () => false],
    ['proc.name[2]', () => false],
    ['evt.arg.nosuch', () => false],
    ['', () => false],
  ];
  for (const [word, wanted] of selections)
    it(`by "${word}"`, () =>
      expect(findFields(word).flatMap(({ fields }) => fields)).to.deep.equal(
        every.filter(({ name }) => wanted(name)),
      ));

  it('succeeds for every word that it knows', () => {
    for (const word of fieldWords()) expect(findFields(word), word).to.not.be.empty;
    expect(fieldWords()).to.include.keys('proc', 'k8s.pod', 'fs', 'fs.path', 'proc.name', 'process');
  });
});

/** What stands between backquotes. */
const codeOf = (text: string): string[] => [...text.matchAll(/`([^`]*)`/g)].map((match) => match[1]!);

describe('descriptions of fields', () => {
  const texts: [name: string, text: string][] = [
    ...every.map(({ name, desc }): [string, string] => [name, desc]),
    ...allFields.map(({ name, desc }): [string, string] => [name, desc]),
    ...Object.entries(FIELD_TYPES),
  ];

  it('are sentences that are Markdown too', () => {
    for (const [name, text] of texts) {
      expect(text, name).to.match(/^[A-Z`\d].*\.$/);
      expect(text.split('`').length % 2, name).to.equal(1);
      const outside = text.replace(/`[^`]*`/g, 'code');
      expect(outside, name).to.not.match(/[<>|*[\]]| {2}/);
    }
  });

  it('say of what is true or false when it is true', () => {
    for (const { name, type, desc } of every)
      if (type === 'BOOL') expect(desc, name).to.match(/^Whether |^Never has a value/);
  });

  it('name only fields that there are', () => {
    const prefixes = new Set(every.map(({ name }) => name.slice(0, name.indexOf('.'))));
    for (const [name, text] of texts)
      for (const code of codeOf(text)) {
        const [field = ''] = code.split(' ');
        if (!/^[a-z\d]+\.[\w.]+/.test(field) || !prefixes.has(field.slice(0, field.indexOf('.')))) continue;
        expect(findFields(field.replace(/\[T\]/, '[1]')), `${field} in ${name}`).to.not.be.empty;
      }
  });
});

describe('marks of fields', () => {
  // The flags that libsinsp's tables of fields have (EPF_*).
  const ANCESTORS = ['proc.aexe', 'proc.aexepath', 'proc.aname', 'proc.acmdline', 'proc.aenv', 'proc.apid'];
  const EITHER_END = ['fd.ip', 'fd.port', 'fd.proto', 'fd.net'];
  const NETWORKS = ['fd.cnet', 'fd.snet', 'fd.lnet', 'fd.rnet'];
  const HOST_NAMES = ['fd.cip.name', 'fd.sip.name', 'fd.lip.name', 'fd.rip.name'];
  const CONDITIONS_ONLY = [...EITHER_END, ...NETWORKS, 'evt.around'];
  const cases: [mark: keyof Field, names: string[]][] = [
    ['filterOnly', CONDITIONS_ONLY],
    ['noTransformer', [...CONDITIONS_ONLY, ...HOST_NAMES, ...ANCESTORS, 'evt.rawarg']],
    ['noRightSide', [...CONDITIONS_ONLY, ...HOST_NAMES, ...ANCESTORS, 'evt.rawarg', 'fd.types']],
    ['list', ['fd.types']],
    [
      'deprecated',
      ['evt.latency', 'evt.latency.s', 'evt.latency.ns', 'evt.latency.quantized', 'evt.latency.human', 'evt.wait_latency', 'evt.dir'], // prettier-ignore
    ],
    [
      'suggested',
      ['container.id', 'container.name', 'container.image.repository', 'container.image.tag', 'k8s.pod.name', 'k8s.ns.name'], // prettier-ignore
    ],
    [
      'hidden',
      [
        'evt.latency.quantized', 'evt.outputtime', 'evt.count.procinfo', 'evt.count.threadinfo', 'evt.buflen.in', 'evt.buflen.out',
        'evt.buflen.file', 'evt.buflen.file.in', 'evt.buflen.file.out', 'evt.buflen.net', 'evt.buflen.net.in', 'evt.buflen.net.out',
        'evt.infra.docker.name', 'evt.infra.docker.container.id', 'evt.infra.docker.container.name',
        'evt.infra.docker.container.image', 'thread.nametid', 'thread.vmsize.b', 'thread.vmrss.b',
      ], // prettier-ignore
    ],
  ];
  for (const [mark, names] of cases)
    it(`${mark} stands where Falco has it`, () =>
      expect(every.filter((field) => field[mark] === true).map(({ name }) => name)).to.have.members(names));

  it('are told of a field', () => {
    expect(marksOf(findField('fd.net')!)).to.deep.equal(['filterOnly', 'noRightSide', 'noTransformer']);
    expect(marksOf(findField('proc.name')!)).to.be.empty;
  });
});
