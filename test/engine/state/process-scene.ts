import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { Machine } from '../../../engine/state/machine.ts';
import type { Thread } from '../../../engine/state/thread.ts';
import * as codes from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';
import type { snapshot } from './snapshots.ts';

export type Ids = readonly [tid: number, pid: number, ptid: number];

interface Cloned {
  flags?: number;
  vtid?: number;
  vpid?: number;
  comm?: string;
}

/** A machine whose processes come and go by events alone. */
export class ProcessScene {
  readonly machine = new Machine();
  #time = 100e9;

  constructor(...threads: readonly ReturnType<typeof snapshot>[]) {
    this.machine.restart();
    for (const thread of threads) this.machine.addThread(thread);
    this.machine.ready();
    this.machine.started();
  }

  apply(code: EventCode, tid: number, ...params: ParamValue[]): Event {
    const event = syntheticEvent(code, tid, ++this.#time, params);
    this.machine.apply(event);
    return event;
  }

  wait(seconds: number): void {
    this.#time += seconds * 1e9;
  }

  /** What clone tells: to the child if `result` is 0, else to the caller. */
  clone(
    result: number,
    [tid, pid, ptid]: Ids,
    { flags = 0, vtid = tid, vpid = pid, comm = 'sh' }: Cloned = {},
  ): Event {
    const ids = [tid, pid, ptid];
    return this.apply(
      codes.SYSCALL_CLONE_20_X,
      tid,
      ...[result, comm, [], ...ids, '', 0, 0, 0, 0, 0, 0, comm, [], flags, 0, 0, vtid, vpid, 0],
    );
  }

  /** What a successful execve tells; `replaced` are parameters by their position. */
  execve(
    [tid, pid, ptid]: Ids,
    comm = 'ls',
    code = codes.SYSCALL_EXECVE_19_X,
    replaced: Readonly<Record<number, ParamValue>> = {},
  ): Event {
    const ids = [tid, pid, ptid];
    const params: ParamValue[] = [
      ...[0, comm, [], ...ids, '', 0, 0, 0, 0, 0, 0, comm, [], [], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ...['/bin/' + comm, 0, 0, comm],
    ];
    for (const [i, value] of Object.entries(replaced)) params[Number(i)] = value;
    return this.apply(code, tid, ...params);
  }

  /** The end of a thread; `reaper` is what the kernel says of its children. */
  exit(tid: number, reaper?: number): Event {
    return this.apply(codes.PROCEXIT_1_E, tid, 0, 0, 0, 0, reaper);
  }

  /** The end of a thread, and the event after it, which takes it out of the table. */
  remove(tid: number, reaper?: number): void {
    this.exit(tid, reaper);
    this.apply(codes.SYSCALL_GETUID_X, 1, 0);
  }

  thread(tid: number): Thread | undefined {
    return this.machine.threads.find(tid);
  }

  ids(tid: number): readonly number[] | undefined {
    const thread = this.thread(tid);
    return thread && [thread.pid, thread.ptid, thread.vtid, thread.vpid];
  }

  /** Of a process: living threads, whether it is a reaper, threads that are listed, those of them that are not gone. */
  group(pid: number): readonly [number, boolean, number, number] | undefined {
    const group = this.machine.threads.group(pid);
    if (group === undefined) return undefined;
    const { threads, aliveThreads, reaper } = group;
    return [aliveThreads, reaper, threads.length, threads.filter(({ expired }) => !expired).length];
  }

  /** Of a thread: how many children are listed, and the ids of those that are not gone. */
  children(tid: number): readonly [number, ...number[]] {
    const { children, notExpiredChildren } = this.thread(tid)!;
    const there = children.filter(({ expired }) => !expired).map((child) => child.tid);
    expect(notExpiredChildren).to.equal(there.length);
    return [children.length, ...there.sort((a, b) => a - b)];
  }

  ancestors(tid: number): readonly number[] {
    return [...this.thread(tid)!.ancestors(this.machine.threads)].map((thread) => thread.tid);
  }
}
