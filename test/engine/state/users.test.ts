import { expect } from 'chai';
import { readAccounts } from '../../../engine/state/accounts.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { NO_ID, userEvents, UserTable } from '../../../engine/state/users.ts';
import {
  GROUP_ADDED_E,
  GROUP_DELETED_E,
  USER_ADDED_E,
  USER_DELETED_E,
} from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';

const alice = { uid: 1000, gid: 1000, name: 'alice', homedir: '/home/alice', shell: '/bin/sh' };

function happens(machine: Machine, code: EventCode, params: readonly ParamValue[]): void {
  for (const [of, apply] of userEvents) if (of === code) apply(syntheticEvent(code, -1, 0, params), machine);
}

describe('users and groups', () => {
  it('are those of the host', () => {
    const users = new UserTable();
    users.addUser(alice);
    users.addGroup({ gid: 1000, name: 'staff' });
    expect(users.findUser('', 1000)).to.deep.equal(alice);
    expect(users.findGroup('', 1000)?.name).to.equal('staff');
    expect(users.findUser('3ad7b26ded6d', 1000)).to.equal(undefined);
    expect(users.findGroup('3ad7b26ded6d', 1000)).to.equal(undefined);
    expect(users.findUser('', 0)).to.equal(undefined);
  });

  it('have a root as soon as something runs as root', () => {
    const users = new UserTable();
    users.sawUser('3ad7b26ded6d', 0, 0);
    expect(users.findUser('', 0)).to.equal(undefined);
    users.sawUser('', 0, 0);
    users.sawGroup('', 0);
    users.sawUser('', 1000, 1000);
    expect(users.findUser('', 0)).to.include({ name: 'root', homedir: '/root', shell: '<NA>' });
    expect(users.findGroup('', 0)?.name).to.equal('root');
    expect(users.findUser('', 1000)).to.equal(undefined);
  });

  it('may be looked up where the capture is replayed', () => {
    const users = new UserTable();
    users.local = readAccounts(
      '#x:x:1:1::/:/\n+\nroot:x:0:0:root:/root:/bin/bash\nbob:x:1000:100:Bob,,,:/home/bob:/bin/sh\nbob2:x:1000:1::/:/\nbad:x:::::\nshort:x:3:3\n',
      'root:x:0:\nusers:x:100:bob,alice\nother:x:100:\nbad\n',
    );
    users.sawUser('', 1000, 5);
    users.sawGroup('', 100);
    for (const uid of [0, 1, 3, NO_ID]) users.sawUser('', uid, 0);
    expect(users.findUser('', 1000)).to.deep.equal({
      uid: 1000,
      gid: 100,
      name: 'bob',
      homedir: '/home/bob',
      shell: '/bin/sh',
    });
    expect(users.findGroup('', 100)?.name).to.equal('users');
    expect(users.findUser('', 0)?.shell).to.equal('<NA>');
    expect(users.findUser('', 1)).to.equal(undefined);
    expect(users.findUser('', 3)).to.equal(undefined);
    users.addUser(alice);
    users.sawUser('', 1000, 5);
    expect(users.findUser('', 1000)?.name).to.equal('alice');
  });

  it('come and go with events', () => {
    const machine = new Machine();
    happens(machine, USER_ADDED_E, [1000, 1000, 'alice', '/home/alice', '/bin/sh', '']);
    happens(machine, GROUP_ADDED_E, [4, 'adm', '']);
    expect(machine.users.findUser('', 1000)).to.deep.equal(alice);
    expect(machine.users.findGroup('', 4)).to.deep.equal({ gid: 4, name: 'adm' });
    happens(machine, USER_DELETED_E, [1000, 1000, 'alice', '/home/alice', '/bin/sh', '']);
    happens(machine, GROUP_DELETED_E, [4, 'adm', '']);
    expect(machine.users.findUser('', 1000)).to.equal(undefined);
    expect(machine.users.findGroup('', 4)).to.equal(undefined);
  });

  for (const container of ['3ad7b26ded6d', undefined])
    it(`are not those of container ${container ?? 'without id'}`, () => {
      const machine = new Machine();
      happens(machine, USER_ADDED_E, [1000, 7, 'bob', '/', '/bin/sh', container]);
      happens(machine, GROUP_ADDED_E, [5, 'tty', container]);
      expect(machine.users.findUser('', 1000)).to.equal(undefined);
      expect(machine.users.findUser('3ad7b26ded6d', 1000)).to.equal(undefined);
      expect(machine.users.findGroup('', 5)).to.equal(undefined);
      machine.users.addUser(alice);
      machine.users.addGroup({ gid: 5, name: 'tty' });
      happens(machine, USER_DELETED_E, [1000, 7, 'bob', '/', '/bin/sh', container]);
      happens(machine, GROUP_DELETED_E, [5, 'tty', container]);
      expect(machine.users.findUser('', 1000)?.name).to.equal('alice');
      expect(machine.users.findGroup('', 5)?.name).to.equal('tty');
    });

  it('renames a user that is known', () => {
    const users = new UserTable();
    users.addUser(alice);
    users.addUser({ ...alice, name: 'bob', gid: 7 });
    expect(users.findUser('', 1000)).to.include({ name: 'bob', gid: 1000 });
  });

  it('leaves lines of the name service switch out', () => {
    const users = new UserTable();
    users.addUser({ ...alice, name: '+@admins' });
    users.addGroup({ gid: 5, name: '-' });
    expect(users.findUser('', 1000)).to.equal(undefined);
    expect(users.findGroup('', 5)).to.equal(undefined);
  });

  it('keeps as much of long names as libscap', () => {
    const users = new UserTable();
    users.addUser({ ...alice, name: 'a'.repeat(300), homedir: 'b'.repeat(2000) });
    expect(users.findUser('', 1000)?.name).to.have.length(255);
    expect(users.findUser('', 1000)?.homedir).to.have.length(1023);
  });
});
