import { fromBytes, type ByteString, type Int } from '../../../engine/index.ts';

/*
 * What is filled in where no fact says otherwise:
 *
 * - the process is called `test`, has the first free id from 1001 on, started a second before the event (others a minute), runs as root
 *   (uid and gid 0) whom nobody logged in (-1), without capabilities, terminal, arguments and environment, in `/`; it leads its own session and groups;
 *   its parent is `init`, process 1; ancestors between others are called `test`;
 * - `proc.exe` is `proc.name`, `proc.exepath` is `proc.exe` if that is a path, else `/usr/bin/` and the name;
 * - it is in no container; one that is described without an id is `7e57c0de0000`, run by containerd; of one that is only named by its id
 *   nothing else is known;
 * - a user or group has the first free number from 1000 on, the home directory `/home/NAME` and the shell `/bin/sh`;
 * - a new fd has the lowest free number from 3 on; one that is used is that which the process had to do with last;
 * - a file is `/tmp/test` and opened for reading; what makes one gives it the mode 0644, or 0755 if it is to be a program;
 * - connections are TCP from 10.0.0.1:40000, which is this machine, to 198.51.100.1:8000 (fd00::1 and 2001:db8::1 for IPv6, the
 *   loopback address if one end has it); a call that was accepted comes the other way;
 * - calls work: they return 0, the fd, or as many bytes as there are data; those that are only said to fail give ENOENT;
 * - other parameters are 0, or empty where they are texts, addresses or data;
 * - the first event is at 2026-01-01T00:00:00Z, each other one a millisecond after the one before.
 */

/** Something that nobody gave and that was filled in. */
export interface Derived {
  readonly field: string;
  readonly value: string;
  /** The field from which it follows, or `default`. */
  readonly from: string;
}

/** What was filled in for one event, in the order in which it was. */
export class Defaults {
  readonly all: Derived[] = [];

  note(field: string, value: ByteString | Int | boolean, from = 'default'): void {
    this.all.push({ field, value: fromBytes(String(value)), from });
  }
}
