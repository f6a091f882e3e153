import { expect } from 'chai';
import fc from 'fast-check';
import { Fd } from '../../../engine/state/fd.ts';
import { PathNames } from '../../../engine/state/path-names.ts';
import { concatenatePaths } from '../../../engine/state/path.ts';
import { SYSCALL_OPENAT_2_X } from '../../../engine/tables/codes.generated.ts';
import { syntheticEvent } from '../../event-bytes.ts';

const opened = (path: string | undefined) =>
  syntheticEvent(SYSCALL_OPENAT_2_X, 1, 1, [3, -100, path, 0, 0, 0, 0]);

describe('PathNames', () => {
  it('gives the path of an event, whatever was seen before', () => {
    const paths = new PathNames();
    // Few different bytes, so that paths come back, and differ in little.
    const path = fc.string({ unit: fc.constantFrom('/', 'a', 'b', '.', '\xff'), maxLength: 140 });
    fc.assert(
      fc.property(fc.array(fc.tuple(path, fc.constantFrom('/', '/x/', '.')), { maxLength: 40 }), (seen) => {
        for (const [text, directory] of seen) {
          const event = opened(text);
          const name = paths.of(event, 2);
          expect(name.path).to.equal(event.string(2));
          expect(name.from(directory)).to.equal(concatenatePaths(directory, event.string(2)));
        }
      }),
    );
  });

  it('gives the same object for a path that comes back', () => {
    const paths = new PathNames();
    const first = paths.of(opened('/etc/passwd'), 2);
    expect(paths.of(opened('/etc/shadow'), 2)).not.to.equal(first);
    expect(paths.of(opened('/etc/passwd'), 2)).to.equal(first);
  });

  it('names files below the directory of an fd, which may be renamed', () => {
    const paths = new PathNames();
    const path = fc.string({ unit: fc.constantFrom('/', 'a', '.'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(path, fc.constantFrom('/', '/x', '/x/', ''), fc.nat(3))), (seen) => {
        for (const [text, directory, place] of seen) {
          const fd = new Fd();
          fd.name = directory;
          fd.place = place - 1;
          const name = paths.of(opened(text), 2);
          expect(paths.below(fd, name).name).to.equal(concatenatePaths(fd.asDirectory, name.path));
        }
      }),
    );
  });

  it('gives the same name and place for a file that is opened again', () => {
    const paths = new PathNames();
    const directory = new Fd();
    const above = paths.of(opened('/proc'), 2);
    directory.name = above.from('.');
    directory.place = above.place;
    const first = paths.below(directory, paths.of(opened('stat'), 2));
    expect(first.name).to.equal('/proc/stat');
    expect(paths.below(directory, paths.of(opened('stat'), 2))).to.equal(first);
    expect(first.place).not.to.equal(above.place);
  });

  it('has a text for a parameter without one', () => {
    expect(new PathNames().of(opened(undefined), 2).path).to.equal('<NA>');
  });
});
