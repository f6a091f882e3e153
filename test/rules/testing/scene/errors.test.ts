import { expect } from 'chai';
import fc from 'fast-check';
import { allFields, formsOf } from '../../../../engine/index.ts';
import { Scene, SceneError, type Fact, type FactValue } from '../../../../rules/testing/scene/index.ts';
import { EVENT_TYPE_NAMES } from '../../../../rules/testing/scene/event/type.ts';
import { factsOf, type Facts } from './facts.ts';

function errorOf(facts: readonly Fact[]): SceneError | undefined {
  try {
    new Scene().apply(facts);
    return undefined;
  } catch (error) {
    if (error instanceof SceneError) return error;
    throw error;
  }
}

/** Facts that cannot be true: the one that is wrong, why, and how to mend it. */
const WRONG: readonly (readonly [facts: Facts, field: string | undefined, message: RegExp, hint?: RegExp])[] = [
  [{ 'proc.name': 'x' }, undefined, /there is no evt\.type/, /evt\.type: openat/],
  [{ 'evt.type': 'opnat' }, 'evt.type', /no event type opnat/, /did you mean openat/],
  [{ 'evt.type': 'pluginevent' }, 'evt.type', /no event type pluginevent/],
  [{ 'evt.type': 'unlink', 'evt.dir': '>' }, 'evt.dir', /no event for its beginning/, /leave evt\.dir away/],
  [{ 'evt.type': 'open', 'evt.dir': 'in' }, 'evt.dir', /"<" or ">"/],
  [{ 'evt.type': 'open', 'proc.nam': 'x' }, 'proc.nam', /no field proc\.nam/, /proc\.name/],
  [{ 'evt.type': 'open', 'proc.aname[x]': 'x' }, 'proc.aname[x]', /no field/, /proc\.aname\[LEVEL\]/],
  [{ 'evt.type': 'open', 'evt.arg.pathh': 'x' }, 'evt.arg.pathh', /pathh/],
  [{ 'evt.type': 'open', 'proc.pid': 'abc' }, 'proc.pid', /a whole number was expected for proc\.pid, and "abc"/],
  [{ 'evt.type': 'open', 'proc.pid': 1.5 }, 'proc.pid', /a whole number was expected/],
  [{ 'evt.type': 'open', 'evt.is_open_read': 'yes' }, 'evt.is_open_read', /true or false was expected/],
  [{ 'evt.type': 'open', 'evt.is_io': 'yes' }, 'evt.is_io', /true or false was expected/],
  [{ 'evt.type': 'connect', 'fd.sip': '1.2.3' }, 'fd.sip', /an IPv4 or IPv6 address was expected/],
  [{ 'evt.type': 'connect', 'fd.snet': '1.2.3.4' }, 'fd.snet', /a network, as in/],
  [{ 'evt.type': 'connect', 'fd.sport': 'nosuch' }, 'fd.sport', /a whole number was expected/],
  [{ 'evt.type': 'open', 'proc.name': ['a', 'b'] }, 'proc.name', /one value, not a list/],
  [{ 'evt.type': 'open', 'evt.res': 'ENOSUCH' }, 'evt.res', /SUCCESS or the name of an error/],
  [{ 'evt.type': 'open', 'evt.time': 'noon' }, 'evt.time', /is a time/],
  [{ 'evt.type': 'open', 'thread.cap_effective': 'CAP_X' }, 'thread.cap_effective', /no capability CAP_X/],
  [
    { 'evt.type': 'execve', 'proc.name': 'containerd-shim-runc-v2' },
    'proc.name',
    /the kernel keeps 15 bytes/,
    /proc\.name: containerd-shim$/,
  ],
  [
    { 'evt.type': 'openat', 'fd.name': '/etc/shadow', 'fd.directory': '/tmp' },
    'fd.directory',
    /fd\.directory is "\/etc" here, not "\/tmp": it follows from fd\.name "\/etc\/shadow"/,
  ],
  [{ 'evt.type': 'unlink', 'fd.name': '/x' }, 'fd.name', /no value here/, /not about an fd.* parameters res, path/],
  [{ 'evt.type': 'unlink', 'evt.arg.name': '/x' }, 'evt.arg.name', /unlink has no parameter name/, /res, path/],
  [{ 'evt.type': 'open', 'evt.arg[9]': 'x' }, 'evt.arg[9]', /open has 6 parameters/, /fd, name, flags/],
  [{ 'evt.type': 'open', 'evt.arg.flags': 'O_RDOLY' }, 'evt.arg.flags', /no flag O_RDOLY/, /O_RDONLY/],
  [{ 'evt.type': 'bpf', 'evt.arg.cmd': 'X' }, 'evt.arg.cmd', /no flag X/, /BPF_MAP_CREATE/],
  [{ 'evt.type': 'open', 'evt.arg.dev': 'x' }, 'evt.arg.dev', /an integer was expected/],
  [{ 'evt.type': 'poll', 'evt.arg.fds': '3:f1' }, 'evt.arg.fds', /list of fds/, /capture/],
  [{ 'evt.type': 'accept', 'evt.arg.tuple': 'x' }, 'evt.arg.tuple', /no pair of addresses/],
  [{ 'evt.type': 'open', 'evt.arg.flags': 'O_RDONLY', 'evt.is_open_write': true }, 'evt.is_open_write', /follows from evt\.arg\.flags/],
  [{ 'evt.type': 'open', 'evt.rawres': 3, 'fd.num': 4 }, 'fd.num', /fd\.num is 3 here, not 4: it follows from evt\.rawres 3/],
  [{ 'evt.type': 'open', 'proc.cwd': '/root' }, 'proc.cwd', /is "\/root\/" here/, /proc\.cwd: \/root\//],
  [{ 'evt.type': 'open', 'container.id': 'a'.repeat(64) }, 'container.id', /is "aaaaaaaaaaaa"/, /container\.id: aaaaaaaaaaaa /],
  [{ 'evt.type': 'open', 'container.type': 'dokcer' }, 'container.type', /no container\.type dokcer/, /docker/],
  [{ 'evt.type': 'open', 'container.mounts': 'x' }, 'container.mounts', /x is no mount/, /source:destination/],
  [{ 'evt.type': 'execve', 'proc.cmdline': '/bin/sh -c id' }, 'proc.cmdline', /is "sh -c id" here/],
  [{ 'evt.type': 'setuid', 'evt.arg.uid': 'root', 'user.name': 'bob' }, 'user.name', /follows from evt\.arg\.uid "root"/],
  [
    { 'evt.type': 'connect', 'fd.sip': '203.0.113.9', 'evt.res': 'ECONNREFUSED' },
    'fd.sip',
    /fd\.sip has no value here.*evt\.res "ECONNREFUSED"/,
  ],
  [
    { 'evt.type': 'connect', 'fd.type': 'unix', 'fd.name': '/run/docker.sock' },
    'fd.name',
    /is "0->0 \/run\/docker\.sock"/,
    /fd\.name: "0->0 \/run\/docker\.sock"/,
  ],
  [{ 'evt.type': 'open', 'proc.pname': null, 'proc.ppid': 4 }, 'proc.ppid', /no value here, not 4/],
  [{ 'evt.type': 'open', 'evt.deltatime': 4 }, 'evt.deltatime', /evt\.deltatime is 0 here, not 4/],
  [{ 'evt.type': 'open', 'evt.pluginname': 'x' }, 'evt.pluginname', /no value here/],
]; // prettier-ignore

describe('facts that cannot be true', () => {
  for (const [facts, field, message, hint] of WRONG)
    it(JSON.stringify(facts).slice(0, 120), () => {
      const error = errorOf(factsOf(facts));
      expect(error?.message).to.match(message);
      expect(error?.fact?.field).to.equal(field);
      if (hint !== undefined) expect(error?.hint).to.match(hint);
    });

  it('leave the scene as it can be used', () => {
    const scene = new Scene();
    expect(() =>
      scene.apply(factsOf({ 'evt.type': 'open', 'fd.name': '/x', 'fd.directory': '/y' })),
    ).to.throw();
    const { event } = scene.apply(factsOf({ 'evt.type': 'open', 'fd.name': '/x', 'fd.directory': '/' }));
    expect(event.num).to.equal(2);
  });
});

describe('a scene', () => {
  for (const name of EVENT_TYPE_NAMES)
    it(`makes an event ${name} of nothing else`, () => {
      new Scene().apply(factsOf({ 'evt.type': name }));
    });

  it('tells what is wrong with any facts, and never breaks', () => {
    const forms = allFields
      .flatMap(({ fields }) => fields.flatMap(formsOf))
      .map((form) =>
        form.replace(/\[(?:LEVEL|INDEX|FD|TIME)\]/, '[1]').replace(/(?<=[.[])[A-Z]+(?=\]|$)/, 'name'),
      );
    const single: fc.Arbitrary<FactValue> = fc.oneof(
      fc.constantFrom<FactValue[]>('', '/', '/etc/shadow', '1.2.3.4', '10.0.0.0/8', '1.2.3.4:5->6.7.8.9:10', 'ENOENT', 'host', '-1', '0x10', null, true, false, 0, -1, 2 ** 53, 1n << 63n, 1.5, Infinity, NaN),
      fc.string({ maxLength: 20, unit: 'binary' }),
      fc.integer(),
    ); // prettier-ignore
    const value = fc.oneof(
      { weight: 5, arbitrary: single },
      { weight: 1, arbitrary: fc.array(single, { maxLength: 3 }) },
    );
    const facts = fc.tuple(
      fc.constantFrom(...EVENT_TYPE_NAMES),
      fc.array(fc.tuple(fc.constantFrom(...forms), value), { maxLength: 6 }),
    );
    fc.assert(
      fc.property(facts, ([type, others]) => {
        errorOf([
          { field: 'evt.type', value: type },
          ...others.map(([field, each]) => ({ field, value: each })),
        ]);
      }),
      { numRuns: 2000 },
    );
  });
});
