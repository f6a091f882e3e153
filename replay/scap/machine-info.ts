import type { MachineInfo } from '../../engine/index.ts';
import { upToNul, type BlockBody } from './block-body.ts';

/** Bytes of `scap_machine_info`; a block that has more or fewer is refused by libscap. */
const LENGTH = 180;
const HOSTNAME = 128;

export function readMachineInfo(body: BlockBody): MachineInfo {
  if (body.left !== LENGTH) body.fail(`the machine information has ${body.left} bytes instead of ${LENGTH}`);
  return {
    cpus: body.uint32('cpus'),
    memory: body.uint64('memory'),
    maxPid: body.uint64('max_pid'),
    hostname: upToNul(body.bytes(HOSTNAME, 'hostname')),
    bootTime: body.uint64('boot_ts_epoch'),
    flags: body.uint64('flags'),
  };
}
