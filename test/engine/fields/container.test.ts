import { expect } from 'chai';
import type { Event } from '../../../engine/event.ts';
import { containerClass } from '../../../engine/fields/container.ts';
import type { BoundField, Extracted } from '../../../engine/fields/define.ts';
import { groupClass } from '../../../engine/fields/group.ts';
import { userClass } from '../../../engine/fields/user.ts';
import { Machine } from '../../../engine/state/machine.ts';
import { Thread } from '../../../engine/state/thread.ts';
import {
  ASYNCEVENT_E,
  CONTAINER_JSON_2_E,
  SYSCALL_CHROOT_X,
  SYSCALL_CLOSE_X,
} from '../../../engine/tables/codes.generated.ts';
import type { EventCode } from '../../../engine/tables/types.ts';
import { syntheticEvent, type ParamValue } from '../../event-bytes.ts';

const fields = new Map(
  [containerClass, userClass, groupClass].flatMap(({ fields }) => fields).map((field) => [field.name, field]),
);

/** The value of `name` or `name[arg]`. */
function read(event: Event, text: string): Extracted {
  const [, name, arg] = /^([^[]+)(?:\[(.*)\])?$/.exec(text)!;
  const field = fields.get(name!)!;
  if (arg === undefined) return field.get(event);
  const bound = field.bind!(arg) as Partial<BoundField>;
  return (bound.get ?? field.get)(event);
}

const ID = '7951fb549ab99e0722a949b6c121634e1f3a36b5bacbe5392991e3b12251e6b8';
const web = {
  id: '7951fb549ab9', full_id: ID, type: 7, name: 'web', image: 'nginx:1.27', imagerepo: 'nginx', imagetag: '1.27', ip: '10.0.0.5',
  User: 'www', pod_sandbox_id: '63060edc2d3aa803ab559f2393776b15', privileged: true,
  labels: {
    'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.pod.namespace': 'shop', 'io.kubernetes.pod.uid': '3e41', app: 'web',
  },
  pod_sandbox_labels: { own: 'yes' },
  Mounts: [
    { Source: '/srv/data', Destination: '/data', Mode: 'ro', RW: false, Propagation: 'rprivate' },
    { Source: '/etc', Destination: '/host/etc', RW: true },
  ],
}; // prettier-ignore
const sandbox = {
  id: '63060edc2d3a', ip: '10.0.0.9', cni_json: '{"ips":[]}', pod_sandbox_labels: { tier: 'front', 'io.kubernetes.x': 'y' },
}; // prettier-ignore

/** A machine with one thread in the container `web`. */
class Scene {
  readonly machine = new Machine();
  readonly thread = new Thread();

  constructor() {
    Object.assign(this.thread, { tid: 7, pid: 7, uid: 33, gid: 33, cgroups: [['cpu', `/docker/${ID}`]] });
    this.machine.threads.add(this.thread, false);
    this.happens(SYSCALL_CHROOT_X, [0, '/']);
  }

  happens(code: EventCode, params: readonly ParamValue[], timeNs = 0): Event {
    const event = syntheticEvent(code, 7, timeNs, params);
    this.machine.apply(event);
    return event;
  }

  hears(container: object, name = 'container'): Event {
    return this.happens(ASYNCEVENT_E, [0, name, JSON.stringify({ container }) + '\0']);
  }

  read(text: string): Extracted {
    return read(this.happens(SYSCALL_CLOSE_X, [0, 3]), text);
  }
}

describe('container.* and k8s.*', () => {
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
  });

  it('of a container of which only the id is known', () => {
    expect(scene.read('container.id')).to.equal('7951fb549ab9');
    for (const name of [
      'container.name',
      'container.privileged',
      'container.mounts',
      'k8s.pod.name',
      'container.start_ts',
    ])
      expect(scene.read(name), name).to.equal(undefined);
  });

  const values: Record<string, Extracted> = {
    'container.id': '7951fb549ab9',
    'container.full_id': ID,
    'container.name': 'web',
    'container.type': 'containerd',
    'container.image': 'nginx:1.27',
    'container.image.repository': 'nginx',
    'container.image.tag': '1.27',
    'container.image.digest': '',
    'container.privileged': true,
    'container.host_pid': false,
    'container.ip': '10.0.0.5',
    'container.mounts': '/srv/data:/data:ro:false:rprivate,/etc:/host/etc::true:',
    'container.mount[0]': '/srv/data:/data:ro:false:rprivate',
    'container.mount[2]': undefined,
    'container.mount[4294967297]': '/etc:/host/etc::true:',
    'container.mount[01]': undefined,
    'container.mount[^/etc$]': '/etc:/host/etc::true:',
    'container.mount[/srv/*]': '/srv/data:/data:ro:false:rprivate',
    'container.mount[rv/da]': '/srv/data:/data:ro:false:rprivate',
    'container.mount[^srv]': undefined,
    'container.mount[data$]': '/srv/data:/data:ro:false:rprivate',
    'container.mount[/s[rt,]v]': '/srv/data:/data:ro:false:rprivate',
    'container.mount[x*]': undefined,
    'container.mount[(]': undefined,
    'container.mount[]': undefined,
    'container.mount.source[/host/etc]': '/etc',
    'container.mount.dest[/host/etc]': undefined,
    'container.mount.dest[/etc]': '/host/etc',
    'container.mount.mode[0]': 'ro',
    'container.mount.rdwr[1]': 'true',
    'container.mount.rdwr[0]': 'false',
    'container.mount.propagation[0]': 'rprivate',
    'container.label[app]': 'web',
    'container.label[constructor]': undefined,
    'container.labels': 'app:web',
    'container.healthcheck': undefined,
    'proc.is_container_healthcheck': undefined,
    'k8s.pod.name': 'web-0',
    'k8s.ns.name': 'shop',
    'k8s.pod.id': '3e41',
    'k8s.pod.uid': '3e41',
    'k8s.pod.sandbox_id': '63060edc2d3a',
    'k8s.pod.full_sandbox_id': '63060edc2d3aa803ab559f2393776b15',
    'k8s.rc.name': undefined,
    'k8s.rc.label[x]': undefined,
  };
  for (const [text, value] of Object.entries(values))
    it(`${text} = ${String(value)}`, () => {
      scene.hears(web);
      expect(scene.read(text)).to.equal(value);
    });

  it("of a pod stand with the pod's sandbox", () => {
    scene.hears(web);
    const unknown = ['k8s.pod.ip', 'k8s.pod.cni.json', 'k8s.pod.label[tier]'].map((text) => scene.read(text));
    expect(unknown).to.deep.equal([undefined, undefined, undefined]);
    expect(scene.read('k8s.pod.labels')).to.equal('own:yes');
    scene.hears(sandbox);
    expect(scene.read('k8s.pod.ip')).to.equal('10.0.0.9');
    expect(scene.read('k8s.pod.cni.json')).to.equal('{"ips":[]}');
    expect(scene.read('k8s.pod.label[tier]')).to.equal('front');
    expect(scene.read('k8s.pod.label[own]')).to.equal('yes');
    expect(scene.read('k8s.pod.labels')).to.equal('tier:front');
  });

  it('of a pod stand with the container that has its network', () => {
    scene.hears(sandbox);
    scene.hears({ ...web, cni_json: '{}' });
    expect(scene.read('k8s.pod.ip')).to.equal('10.0.0.5');
    expect(scene.read('k8s.pod.cni.json')).to.equal('{}');
    expect(scene.read('k8s.pod.labels')).to.equal('own:yes');
    expect(scene.read('k8s.pod.label[tier]')).to.equal(undefined);
  });

  it('of the host', () => {
    scene.thread.cgroups = [['cpu', '/init.scope']];
    scene.happens(SYSCALL_CHROOT_X, [-1, '/']);
    expect(scene.read('container.id')).to.equal('7951fb549ab9', 'after a call that failed');
    scene.happens(SYSCALL_CHROOT_X, [0, '/']);
    for (const name of ['container.id', 'container.name', 'container.full_id', 'container.type'])
      expect(scene.read(name), name).to.equal('host');
    for (const name of ['container.image', 'container.labels', 'k8s.pod.ip', 'k8s.pod.sandbox_id'])
      expect(scene.read(name), name).to.equal('');
    expect(scene.read('k8s.pod.name')).to.equal(undefined);
  });

  it('of the events that bring them', () => {
    const added = scene.hears({ ...web, id: 'other', name: 'db' });
    expect(read(added, 'container.name')).to.equal('db');
    expect(scene.read('container.name')).to.equal(undefined);
    scene.hears(web);
    const removed = scene.hears({ ...web, name: 'gone' }, 'container_removed');
    expect(read(removed, 'container.name')).to.equal('gone');
    expect(scene.read('container.name')).to.equal(undefined);
    const unrelated = scene.hears(web, 'something');
    expect(read(unrelated, 'container.id')).to.equal('7951fb549ab9');
    expect(scene.read('container.name')).to.equal(undefined);
  });

  it('of a container of the runtimes that tell nothing else', () => {
    scene.thread.cgroups = [
      ['cpu', '/'],
      ['memory', '/lxc.payload.web/init.scope'],
    ];
    scene.happens(SYSCALL_CHROOT_X, [0, '/']);
    expect(scene.read('container.id')).to.equal('web');
    expect(scene.read('container.type')).to.equal('lxc');
    expect(scene.read('container.name')).to.equal('');
  });

  it('of times', () => {
    scene.thread.pidnsInitStart = 1000;
    scene.hears(web);
    const event = scene.happens(SYSCALL_CLOSE_X, [0, 3], 5000);
    expect(read(event, 'container.start_ts')).to.equal(1000);
    expect(read(event, 'container.duration')).to.equal(4000);
    const early = scene.happens(SYSCALL_CLOSE_X, [0, 3], 999);
    expect(read(early, 'container.duration')).to.equal(2n ** 64n - 1n);
    expect(read(scene.hears(web), 'container.start_ts')).to.equal(undefined);
  });

  it('of an event without a thread', () => {
    const event = syntheticEvent(SYSCALL_CLOSE_X, 99, 0, [0, 3]);
    event.machine = scene.machine;
    for (const { name, get } of fields.values()) expect(get(event), name).to.equal(undefined);
  });
});

describe('user.* and group.*', () => {
  const host = () => {
    const scene = new Scene();
    scene.thread.containerId = '';
    scene.thread.uid = 1000;
    scene.thread.gid = 50;
    scene.thread.loginuid = 1001;
    scene.machine.users.addUser({
      uid: 1000,
      gid: 50,
      name: 'alice',
      homedir: '/home/alice',
      shell: '/bin/sh',
    });
    scene.machine.users.addUser({ uid: 1001, gid: 50, name: 'bob', homedir: '/home/bob', shell: '' });
    scene.machine.users.addGroup({ gid: 50, name: 'staff' });
    return scene;
  };
  const names = [
    'user.uid',
    'user.name',
    'user.homedir',
    'user.shell',
    'user.loginuid',
    'user.loginname',
    'group.gid',
    'group.name',
  ];
  const all = (scene: Scene) => names.map((name) => scene.read(name));

  it('of a known user', () => {
    expect(all(host())).to.deep.equal([1000, 'alice', '/home/alice', '/bin/sh', 1001, 'bob', 50, 'staff']);
  });

  it('of an unknown user', () => {
    const scene = host();
    Object.assign(scene.thread, { uid: 5, gid: 5, loginuid: 0xffffffff });
    expect(all(scene)).to.deep.equal([5, '<NA>', '<NA>', '<NA>', -1, '<NA>', 5, '<NA>']);
  });

  it('of root, known or not', () => {
    const scene = host();
    Object.assign(scene.thread, { uid: 0, gid: 0, loginuid: 0 });
    expect(all(scene)).to.deep.equal([0, 'root', '/root', '<NA>', 0, 'root', 0, 'root']);
    scene.machine.users.addUser({ uid: 0, gid: 0, name: 'toor', homedir: '/', shell: '/bin/csh' });
    scene.machine.users.addGroup({ gid: 0, name: 'wheel' });
    expect(all(scene)).to.deep.equal([0, 'toor', '/', '/bin/csh', 0, 'toor', 0, 'wheel']);
  });

  it('of a container, where only root has a name', () => {
    const scene = host();
    scene.thread.containerId = '7951fb549ab9';
    expect(all(scene)).to.deep.equal([1000, '<NA>', '<NA>', '<NA>', 1001, '<NA>', 50, '<NA>']);
    scene.thread.uid = 0;
    expect(scene.read('user.name')).to.equal('root');
  });

  it("of the events that bring a container's description", () => {
    const scene = new Scene();
    expect(read(scene.hears(web), 'user.name')).to.equal('www');
    expect(
      read(scene.happens(CONTAINER_JSON_2_E, [JSON.stringify({ container: web })]), 'user.name'),
    ).to.equal('www');
    expect(read(scene.hears(web, 'something'), 'user.name')).to.equal('<NA>');
    expect(read(scene.hears({ ...web, User: '' }), 'user.name')).to.equal('<NA>');
  });
});
