/**
 * How many alerts the HTTP input takes in a second when the sink is instant, one in each request, over connections that stay open: `npx tsx bench/http-input.ts [SECONDS] [CONNECTIONS]`.
 * Clients run in a process of their own.
 */
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { inputKindNamed } from '../daemon/inputs/index.ts';
import type { HttpInput } from '../daemon/inputs/http/server.ts';

const alert = JSON.stringify({
  hostname: 'node-1.example.com',
  output:
    '12:34:56.123456789: Warning Sensitive file opened for reading by non-trusted program | file=/etc/shadow gparent=systemd ggparent=<NA> gggparent=<NA> evt_type=openat user=root user_uid=0 user_loginuid=-1 process=cat proc_exepath=/usr/bin/cat parent=bash command=cat /etc/shadow terminal=34816 container_id=host container_name=host',
  output_fields: {
    'container.id': 'host',
    'container.name': 'host',
    'evt.time': 1769862896123456,
    'evt.type': 'openat',
    'fd.name': '/etc/shadow',
    'proc.aname[2]': 'systemd',
    'proc.cmdline': 'cat /etc/shadow',
    'proc.exepath': '/usr/bin/cat',
    'proc.name': 'cat',
    'proc.pname': 'bash',
    'proc.tty': 34816,
    'user.loginuid': -1,
    'user.name': 'root',
    'user.uid': 0,
  },
  priority: 'Warning',
  rule: 'Read sensitive file untrusted',
  source: 'syscall',
  tags: ['T1555', 'container', 'filesystem', 'host', 'maturity_stable', 'mitre_credential_access'],
  time: '2026-01-31T12:34:56.123456789Z',
});

if (process.send !== undefined) {
  const [port, connections] = process.argv.slice(2).map(Number);
  const body = Buffer.from(alert);
  const request = Buffer.concat([
    Buffer.from(
      `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: falcosecurity/falco\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
  for (let n = 0; n < connections!; n++) {
    const socket = connect(port!, '127.0.0.1', () => socket.write(request));
    // An answer comes in one piece.
    socket.on('data', () => socket.write(request));
  }
} else {
  const [seconds = 5, connections = 16] = process.argv.slice(2).map(Number);
  const quiet = (): void => undefined;
  const kind = inputKindNamed('http')!;
  const input = (await kind.open(kind.config.parse({ listen: '127.0.0.1:0' }), {
    name: 'bench',
    path: (path) => path,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  })) as HttpInput;
  let alerts = 0;
  await input.start({
    accept: (accepted) => {
      alerts += accepted.length;
      return Promise.resolve();
    },
  });
  const clients = fork(import.meta.filename, [String(input.port), String(connections)]);
  const sample = async (milliseconds: number): Promise<{ perSecond: number; micros: number }> => {
    const before = { alerts, cpu: process.cpuUsage(), at: performance.now() };
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const { user, system } = process.cpuUsage(before.cpu);
    const taken = alerts - before.alerts;
    return {
      perSecond: Math.round((1000 * taken) / (performance.now() - before.at)),
      micros: (user + system) / taken,
    };
  };
  await sample(1000);
  for (let n = 0; n < 3; n++) {
    const { perSecond, micros } = await sample((seconds * 1000) / 3);
    console.log(
      `${perSecond} alerts/s, ${micros.toFixed(1)} µs of this process's CPU time each, ${connections} connections, ${alert.length} bytes each`,
    );
  }
  clients.kill();
  await input.stop();
}
