/** Fields of users and groups. */
import type { Setters } from '../draft.ts';

/** What the kernel's -1 is as an unsigned id: nobody at all. */
export const NO_ID = 0xffffffff;

/** By field. */
export const accountSetters: Setters = {
  'user.uid': ({ user }, given) => (user.id = given.number()),
  'user.name': ({ user }, given) => (user.name = given.text()),
  'user.homedir': ({ user }, given) => (user.homedir = given.text()),
  'user.shell': ({ user }, given) => (user.shell = given.text()),
  'user.loginuid': ({ login }, given) => {
    const uid = given.number();
    login.id = uid === -1 ? NO_ID : uid;
  },
  'user.loginname': ({ login }, given) => (login.name = given.text()),
  'group.gid': ({ group }, given) => (group.id = given.number()),
  'group.name': ({ group }, given) => (group.name = given.text()),
};
