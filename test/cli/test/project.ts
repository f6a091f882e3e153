import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Run } from '../tiercel.ts';

const PROGRAM = join(import.meta.dirname, '../../../dist/tiercel.js');

/** A folder with rules and tests, in which the command runs. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'tiercel-test-'));

  constructor(files: Readonly<Record<string, string>>) {
    this.write(files);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Runs `tiercel test`; times are left out of what it prints for people. */
  test(...args: readonly string[]): Run {
    const { status, stdout, stderr } = this.run('test', ...args);
    return { status, stdout: withoutTimes(stdout), stderr };
  }

  run(...args: readonly string[]): Run {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, CI: '' },
    });
    return { status, stdout, stderr };
  }

  start(...args: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env: { ...process.env, CI: '' },
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

const withoutTimes = (text: string): string => text.replace(/ {2}\d+(?:\.\d+)? m?s$| \(\d+\.\d+ s\)$/gm, '');

/** Rules of which something is to be said. */
export const RULES = `
- list: shells
  items: [bash, sh]
- macro: spawned
  condition: (evt.type = execve)
- rule: Shell
  desc: d
  condition: spawned and proc.name in (shells) and not proc.pname = sshd
  output: shell=%proc.name parent=%proc.pname
  priority: WARNING
  tags: [shell]
- rule: Download
  desc: d
  condition: spawned and proc.name = curl
  output: command=%proc.cmdline
  priority: NOTICE
`;

/** Tests of which each comes out otherwise. */
export const TESTS = `rules: rules.yaml
tests:
  - rule: Shell
    base: {evt.type: execve, proc.pname: nginx}
    fires:
      - {proc.name: bash}
      - {proc.name: sh, output: shell=sh}
      - {name: 'a <"quoted"> & long # name', proc.name: zsh, why: it is a shell}
    silent:
      - {proc.name: ls, todo: '100 % of them'}
      - {proc.name: zsh, proc.pname: cron, todo: true}
      - {name: not so, proc.name: bash, user.uid: 5, todo: soon}
  - rule: Download
    fires:
      - {evt.type: execve, proc.name: curl, proc.args: "a\\u0001b ]]>"}
`;
