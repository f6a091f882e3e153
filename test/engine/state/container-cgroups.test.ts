import { expect } from 'chai';
import fc from 'fast-check';
import { matchCgroup } from '../../../engine/state/container-cgroups.ts';

const ID = '7951fb549ab99e0722a949b6c121634e1f3a36b5bacbe5392991e3b12251e6b8';
const POD = 'pod63b3ebfc-2890-11e9-8154-16bf8ef8d9dc';

const cases: readonly (readonly [path: string, id: string | undefined, type?: number])[] = [
  // docker
  [`/docker/${ID}`, '7951fb549ab9'],
  [`/system.slice/docker-${ID}.scope`, '7951fb549ab9'],
  [`/system.slice/docker-${ID}.scope/init.scope`, undefined],
  [`/docker/${ID}/`, undefined],
  [`/docker/${ID.toUpperCase()}`, '7951FB549AB9'],
  // podman
  [`/machine.slice/libpod-${ID}.scope`, '7951fb549ab9'],
  [`/machine.slice/libpod-${ID}.scope/container`, '7951fb549ab9'],
  [`/user.slice/user-1000.slice/user@1000.service/libpod-${ID}`, '7951fb549ab9'],
  [`/system.slice/x.service/libpod-payload-${ID}.scope/container`, '7951fb549ab9'],
  [`/system.slice/x.service/libpod-payload-${ID}`, '7951fb549ab9'],
  [`/user.slice/user-1000.slice/user@1000.service/libpod-${ID}${ID}`, undefined],
  [`/user.slice/user-1000.slice/user@1000.service/libpod-${ID}g`, undefined],
  // CRI
  [`/kubepods/besteffort/${POD}/${ID}`, '7951fb549ab9'],
  [`/kubepods/besteffort/${POD}/crio-${ID}`, '7951fb549ab9'],
  [`/kubepods.slice/kubepods-a.slice/crio-${ID}.scope`, '7951fb549ab9'],
  [`/kubepods.slice/cri-containerd-${ID}.scope`, '7951fb549ab9'],
  [`/kubepods-burstable-${POD}.slice:cri-containerd:${ID}`, '7951fb549ab9'],
  // containerd
  ['/default/web', 'web'],
  ['/my.namespace/container.name', 'container.na'],
  ['/k8s.io/my-test_container', 'my-test_cont'],
  ['/default/a/b', 'a/b'],
  ['/default/service.container', 'service.cont'],
  ['/my_long_namespace-1.5/test_container', 'test_contain'],
  ['/default/web.service', undefined],
  ['/default/.scope', undefined],
  ['/default/', undefined],
  ['/a_-b/web', undefined],
  // what the matcher of containerd takes for containers on an ordinary machine
  ['/user.slice/user-1002.slice/session-1.scope', undefined],
  ['/user.slice/user-1002.slice/1', 'user-1002.sl'],
  ['/system.slice/docker.service/x', 'docker.servi'],
  // LXC
  ['/lxc/web', 'web'],
  ['/lxc/web/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/aa/bb/cc/dd', 'web', 1],
  ['/lxc.payload/web', 'web'],
  ['/lxc.payload.web', 'web', 1],
  // libvirt-lxc
  ['/machine/web.libvirt-lxc', 'web.libvirt-'],
  ['/web.libvirt-lxc', 'web', 2],
  ['/machine.slice/machine-lxc\\x2d2293906\\x2dlibvirt\\x2dcontainer.scope/libvirt', 'machine-lxc\\'],
  ['/machine-lxc\\x2d2293906.scope', '2293906', 2],
  ['/machine-lxc\\x2d2293906.scope/libvirt', '2293906', 2],
  // BPM
  ['/bpm-job-1.scope', 'job-1', 9],
  ['/bpm-job@1.scope', undefined],
  // the host
  ['/', undefined],
  ['', undefined],
  ['/init.scope', undefined],
  [`/${ID.slice(2)}gg`, undefined],
  // a wrong digit behind the 64th byte of the path is not seen
  [`/system.slice/long-${'x'.repeat(50)}/${ID.slice(1)}g`, '951fb549ab99'],
];

describe('containers by control group', () => {
  for (const [path, id, type] of cases)
    it(path === '' ? 'no path' : path, () => {
      const match = matchCgroup(path);
      expect(match?.id).to.equal(id);
      expect(match?.type).to.equal(type);
    });

  it('reads any path', () => {
    const piece = fc.constantFrom(
      '/',
      'lxc',
      '-lxc\\x2',
      '.scope',
      'libvirt',
      'bpm-',
      ID,
      'docker-',
      '.libvirt-lxc',
      'a',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        expect(matchCgroup(pieces.join(''))?.id ?? '').to.be.a('string');
      }),
    );
  });
});
