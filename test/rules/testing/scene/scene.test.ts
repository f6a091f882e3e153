import { expect } from 'chai';
import { bindField, fromBytes, type BoundField, type Event } from '../../../../engine/index.ts';
import { Scene, type SceneEvent } from '../../../../rules/testing/scene/index.ts';
import { factsOf, type Facts } from './facts.ts';

function read(event: Event, name: string): unknown {
  const [, field = '', arg] = /^([^[]+)(?:\[(.*)\])?$/.exec(name)!;
  return (bindField(field, arg) as BoundField).get(event);
}

/** Plays events in one scene, and reads fields of the last one. */
function play(events: readonly Facts[], ...fields: string[]): unknown[] {
  const scene = new Scene();
  let last: SceneEvent | undefined;
  for (const facts of events) last = scene.apply(factsOf(facts));
  return fields.map((field) => read(last!.event, field));
}

describe('the events of a scene', () => {
  it('see the fds that earlier ones made', () => {
    const events = [
      { 'evt.type': 'connect', 'thread.tid': 7, 'fd.num': 5, 'fd.sip': '203.0.113.9' },
      { 'evt.type': 'dup2', 'thread.tid': 7, 'evt.arg.oldfd': 5, 'evt.rawres': 0 },
    ];
    expect(play(events, 'fd.num', 'fd.type', 'fd.sip', 'proc.stdin.type')).to.deep.equal([
      0,
      'ipv4',
      0xcb007109,
      'ipv4',
    ]);
  });

  it('go on with the fd that the process had to do with last', () => {
    const events = [
      { 'evt.type': 'openat', 'fd.name': '/etc/shadow' },
      { 'evt.type': 'read', 'evt.buffer': 'root:' },
      { 'evt.type': 'close' },
    ];
    expect(play(events, 'fd.name', 'fd.num')).to.deep.equal(['/etc/shadow', 3]);
    expect(play([...events, { 'evt.type': 'fstat', 'fd.num': 3 }], 'fd.type')).to.deep.equal([undefined]);
  });

  it('are of one process where nothing else is said', () => {
    const events = [
      { 'evt.type': 'execve', 'proc.name': 'bash', 'proc.args': '-i', 'proc.pname': 'sshd' },
      { 'evt.type': 'open' },
    ];
    expect(play(events, 'proc.cmdline', 'proc.pname', 'proc.pid')).to.deep.equal(['bash -i', 'sshd', 1001]);
  });

  it('are of several processes where names or ids differ', () => {
    const events = [
      { 'evt.type': 'execve', 'proc.name': 'bash', 'proc.args': '-i', 'proc.pname': 'sshd' },
      { 'evt.type': 'open', 'proc.name': 'cat' },
    ];
    expect(play(events, 'proc.cmdline', 'proc.pname')).to.deep.equal(['cat', 'init']);
    const back = { 'evt.type': 'open', 'proc.name': 'bash' };
    expect(play([...events, back], 'proc.cmdline', 'proc.pname')).to.deep.equal(['bash -i', 'sshd']);
    const others = [
      { 'evt.type': 'open', 'proc.pid': 7, 'proc.name': 'a' },
      { 'evt.type': 'open', 'proc.pid': 8, 'proc.name': 'b', 'proc.ppid': 7 },
    ];
    expect(play(others, 'proc.pname', 'proc.aname[2]')).to.deep.equal(['a', 'init']);
    expect(play([...others, { 'evt.type': 'open', 'proc.pid': 7 }], 'proc.name')).to.deep.equal(['a']);
  });

  it('see what an exec changed, and what it left', () => {
    const events = [
      { 'evt.type': 'execve', 'proc.pid': 7, 'proc.name': 'bash', 'proc.args': '-i', 'proc.cwd': '/srv/', 'proc.env': ['A=1'] },
      { 'evt.type': 'execve', 'proc.pid': 7, 'proc.name': 'curl', 'user.name': 'bob' },
      { 'evt.type': 'connect', 'proc.pid': 7 },
    ]; // prettier-ignore
    expect(play(events, 'proc.cmdline', 'proc.cwd', 'proc.env[A]', 'user.name')).to.deep.equal([
      'curl',
      '/srv/',
      '1',
      'bob',
    ]);
  });

  it('see containers and users as earlier ones described them', () => {
    const container = { 'container.id': '3f2a9c0d1b77', 'container.image.repository': 'a/b' };
    const events = [
      { 'evt.type': 'execve', ...container, 'user.name': 'www-data', 'user.uid': 33 },
      { 'evt.type': 'open', 'proc.name': 'other', 'container.id': '3f2a9c0d1b77', 'user.uid': 33 },
    ];
    expect(play(events, 'container.image.repository', 'user.name')).to.deep.equal(['a/b', 'www-data']);
    const more = { 'evt.type': 'open', 'proc.name': 'other', 'container.name': 'web' };
    expect(play([...events, more], 'container.image.repository', 'container.name')).to.deep.equal([
      'a/b',
      'web',
    ]);
    const left = { 'evt.type': 'open', 'proc.name': 'other', 'container.id': 'host' };
    expect(play([...events, left], 'container.id', 'container.name')).to.deep.equal(['host', 'host']);
  });

  it('know the child of a clone', () => {
    const events = [
      { 'evt.type': 'clone', 'proc.pid': 7, 'proc.name': 'sh', 'evt.rawres': 8 },
      { 'evt.type': 'execve', 'proc.pid': 8, 'proc.name': 'id' },
    ];
    expect(play(events, 'proc.pname', 'proc.ppid')).to.deep.equal(['sh', 7]);
  });

  it('find nothing of a process that ended', () => {
    const events = [
      { 'evt.type': 'procexit', 'proc.pid': 7, 'proc.name': 'sh', 'proc.args': 'x' },
      { 'evt.type': 'execve', 'proc.pid': 7, 'proc.name': 'sh' },
    ];
    expect(play(events, 'proc.cmdline')).to.deep.equal(['sh']);
  });

  it('may use the numbers of fds and processes that are gone', () => {
    const events = [
      { 'evt.type': 'open', 'fd.num': 3, 'fd.name': '/a' },
      { 'evt.type': 'close', 'fd.num': 3 },
      { 'evt.type': 'read', 'fd.num': 3, 'fd.name': '/b' },
      { 'evt.type': 'read' },
    ];
    expect(play(events, 'fd.num', 'fd.name')).to.deep.equal([3, '/b']);
    expect(play([...events.slice(0, 2), { 'evt.type': 'openat' }], 'fd.num')).to.deep.equal([3]);
    const processes = [
      { 'evt.type': 'procexit', 'proc.pid': 7, 'proc.name': 'sh', 'user.name': 'bob', 'proc.cwd': '/x/' },
      { 'evt.type': 'open', 'proc.pid': 7 },
      { 'evt.type': 'open', 'proc.pid': 7 },
    ];
    expect(play(processes, 'proc.name', 'user.name', 'proc.cwd')).to.deep.equal(['test', 'root', '/']);
  });

  it('are a millisecond apart unless something else is said', () => {
    const scene = new Scene();
    const open = factsOf({ 'evt.type': 'open' });
    const first = scene.apply(open).event.time;
    expect(scene.apply(open).event.time - first).to.equal(1_000_000n);
    expect(scene.apply(open, { time: first + 5n }).event.time - first).to.equal(5n);
    expect(read(scene.apply(open).event, 'evt.reltime')).to.equal(1_000_005);
  });

  it('are numbered, and may leave gaps', () => {
    const events = [{ 'evt.type': 'open' }, { 'evt.type': 'open', 'evt.num': 9 }, { 'evt.type': 'open' }];
    expect(play(events, 'evt.num')).to.deep.equal([10]);
  });

  it('stay as they are when others come', () => {
    const scene = new Scene();
    const { event } = scene.apply(factsOf({ 'evt.type': 'open', 'fd.name': '/a' }));
    scene.apply(factsOf({ 'evt.type': 'unlink', 'evt.arg.path': '/b' }));
    expect(event.info.name).to.equal('open');
    expect(event.string(1)).to.equal('/a');
  });

  it('are hidden from rules where Falco hides them', () => {
    const scene = new Scene();
    expect(scene.apply(factsOf({ 'evt.type': 'openat', 'evt.dir': '>' })).visible).to.equal(false);
    expect(scene.apply(factsOf({ 'evt.type': 'openat' })).visible).to.equal(true);
  });

  it('tell what was filled in', () => {
    const { derived } = new Scene().apply(
      factsOf({ 'evt.type': 'connect', 'proc.cmdline': 'nc -l', 'user.name': 'jürgen' }),
    );
    const filled = Object.fromEntries(derived.map(({ field, value, from }) => [field, `${value} (${from})`]));
    expect(filled).to.deep.include({
      'proc.pid': '1001 (default)',
      'proc.name': 'nc (its program)',
      'proc.exe': 'nc (proc.name)',
      'proc.pname': 'init (default)',
      'user.uid': '1000 (its name)',
      'fd.num': '3 (default)',
      'fd.sip': '198.51.100.1 (default)',
      'fd.cport': '40000 (default)',
    });
    expect(derived.map(({ value }) => fromBytes(value)).join()).not.to.contain('\ufffd');
  });
});
