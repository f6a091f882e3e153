import type { GroupSnapshot, UserSnapshot } from '../../engine/index.ts';
import type { BlockBody } from './block-body.ts';

/** MAX_CREDENTIALS_STR_LEN, with room for the NUL. */
const MAX_TEXT = 255;

const USER = 0;

export interface UserList {
  readonly users: readonly UserSnapshot[];
  readonly groups: readonly GroupSnapshot[];
}

/** Reads users and groups. Entries of version 2 tell their length. */
export function readUsers(body: BlockBody, version: 1 | 2): UserList {
  const users: UserSnapshot[] = [];
  const groups: GroupSnapshot[] = [];
  while (body.left >= 4) {
    const start = body.at;
    const length = version === 2 ? body.uint32('the length of a user') : 0;
    if (body.uint8('user or group') === USER)
      users.push({
        uid: body.uint32('uid'),
        gid: body.uint32('gid'),
        name: body.text(MAX_TEXT, 'the name of a user'),
        homedir: body.text(MAX_TEXT, 'homedir'),
        shell: body.text(MAX_TEXT, 'shell'),
      });
    else groups.push({ gid: body.uint32('gid'), name: body.text(MAX_TEXT, 'the name of a group') });
    if (length === 0) continue;
    if (start + length < body.at)
      body.fail(`a user takes ${body.at - start} bytes, but is said to have ${length}`, start);
    body.skip(start + length - body.at, 'the rest of a user');
  }
  return { users, groups };
}
