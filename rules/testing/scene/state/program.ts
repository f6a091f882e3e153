import type { ByteString, Thread } from '../../../../engine/index.ts';
import type { ProcessDraft } from '../draft.ts';
import type { Defaults } from '../defaults.ts';
import { LONGEST_NAME } from '../setters/process.ts';

/** What a process runs. */
export interface Program {
  readonly name: ByteString;
  readonly exe: ByteString;
  readonly exepath: ByteString;
  readonly args: readonly ByteString[];
}

/** The name of processes of which nobody tells one. */
const DEFAULT_NAME = 'test';

const lastPart = (path: ByteString) => path.slice(path.lastIndexOf('/') + 1);

/** A line parted into its first word, which may hold blanks if it is known, and the rest. */
function part(
  line: ProcessDraft['cmdline'],
  first: ByteString | undefined,
): { first: ByteString; rest: readonly ByteString[] } | undefined {
  if (line === undefined) return undefined;
  if (typeof line !== 'string') return { first: line[0] ?? '', rest: line.slice(1) };
  if (first !== undefined && line === first) return { first, rest: [] };
  if (first !== undefined && line.startsWith(`${first} `))
    return { first, rest: line.slice(first.length + 1).split(' ') };
  const [word = '', ...rest] = line.split(' ');
  return { first: word, rest };
}

/** Whether a draft says anything of the program. */
export const tellsProgram = ({ name, exe, exepath, args, argAt, cmdline, exeline }: ProcessDraft): boolean =>
  [name, exe, exepath, args, argAt, cmdline, exeline].some((told) => told !== undefined);

/** The name of the process that a draft is about, as far as it tells one. */
export function nameIn(draft: ProcessDraft): ByteString | undefined {
  const { name, cmdline, exeline, exe, exepath } = draft;
  if (name !== undefined) return name;
  const path = part(cmdline, undefined)?.first ?? exepath ?? exe ?? part(exeline, undefined)?.first;
  return path === undefined ? undefined : lastPart(path).slice(0, LONGEST_NAME);
}

/**
 * The program that a draft describes, with what it leaves open filled in.
 *
 * @param prefix What fields of the process begin with in notes about defaults; undefined to make none.
 * @param known The process as it was, where it goes on with its program.
 */
export function programOf(
  draft: ProcessDraft,
  known: Thread | undefined,
  defaults: Defaults | undefined,
): Program {
  const name = nameIn(draft) ?? known?.comm ?? DEFAULT_NAME;
  const goesOn = known !== undefined && known.comm === name ? known : undefined;
  const line = part(draft.exeline, draft.exe);
  const exe = draft.exe ?? line?.first ?? goesOn?.exe ?? (draft.exepath === undefined ? name : draft.exepath);
  const exepath =
    draft.exepath ??
    goesOn?.exepath ??
    (exe.startsWith('/') ? exe : name.startsWith('/') ? name : `/usr/bin/${name}`);
  let args = draft.args ?? part(draft.cmdline, draft.name)?.rest ?? line?.rest ?? goesOn?.args ?? [];
  if (draft.argAt !== undefined) {
    const changed = [...args];
    for (const [place, arg] of draft.argAt) {
      while (changed.length < place) changed.push('');
      changed[place] = arg;
    }
    args = changed;
  }
  if (defaults !== undefined && goesOn === undefined) {
    if (draft.name === undefined)
      defaults.note('proc.name', name, nameIn(draft) === undefined ? 'default' : 'its program');
    if (draft.exe === undefined)
      defaults.note('proc.exe', exe, line === undefined ? 'proc.name' : 'proc.exeline');
    if (draft.exepath === undefined) defaults.note('proc.exepath', exepath, 'proc.exe');
  }
  return { name, exe, exepath, args };
}

/** Makes a process run a program. */
export function setProgram(thread: Thread, { name, exe, exepath, args }: Program): void {
  thread.comm = name;
  thread.exe = exe;
  thread.setExepath(exepath);
  thread.setArgs(args.map((arg) => `${arg}\0`).join(''));
}
