/** Data that is read and written. */
import type { Call, Parameters, Translate } from '../call.ts';
import { sizeOf } from '../call.ts';
import { integerOf, type Digits } from '../text.ts';

const read = (call: Call): Parameters => ({
  res: call.result,
  data: call.read(1),
  fd: call.fd(0),
  size: call.uint32(2),
});

const write = (call: Call): Parameters => ({
  res: call.result,
  data: call.written(1, call.int(2)),
  fd: call.fd(0),
  size: call.uint32(2),
});

const unsigned = (value: Digits): Digits =>
  Number(value) < 0 ? BigInt.asUintN(64, BigInt(value)).toString() : value;

function readv(call: Call): Parameters {
  const length = Math.max(0, Number(call.result));
  return {
    res: call.result,
    size: length,
    data: length === 0 ? null : call.gathered(call.items(1), length),
    fd: call.fd(0),
  };
}

function writev(call: Call): Parameters {
  const buffers = call.items(1);
  const size = sizeOf(buffers);
  const length = Number(call.result);
  return {
    res: call.result,
    data: call.gathered(buffers, length > 0 ? length : size),
    fd: call.fd(0),
    size,
  };
}

const processVm: Translate = (call) => ({
  res: call.result,
  pid: call.int(0),
  data: Number(call.result) > 0 ? call.gathered(call.items(1), Number(call.result)) : null,
});

export const TRANSFERS: Readonly<Record<string, Translate>> = {
  read,
  write,
  pread64: (call) => ({ ...read(call), pos: unsigned(call.int(3)) }),
  pwrite64: (call) => ({ ...write(call), pos: unsigned(call.int(3)) }),
  readv,
  writev,
  preadv: (call) => ({ ...readv(call), pos: unsigned(call.int(3)) }),
  pwritev: (call) => ({ ...writev(call), pos: unsigned(call.int(3)) }),
  sendfile: (call) => ({
    res: call.result,
    // What the offset was, or became: [0] => [20]
    offset: integerOf(/(\d+)\]$/.exec(call.arg(2))?.[1] ?? '') ?? 0,
    out_fd: call.fd(0),
    in_fd: call.fd(1),
    size: call.int(3),
  }),
  splice: (call) => ({
    res: call.result,
    fd_in: call.fd(0),
    fd_out: call.fd(2),
    size: call.int(4),
    flags: call.names(5),
  }),
  copy_file_range: (call) => ({
    res: call.result,
    fdout: call.fd(2),
    offout: call.int(3),
    fdin: call.fd(0),
    offin: call.int(1),
    len: call.int(4),
  }),
  process_vm_readv: processVm,
  process_vm_writev: processVm,
};
