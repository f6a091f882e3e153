import { expect } from 'chai';
import { containerClass } from '../../../engine/fields/container.ts';
import { groupClass } from '../../../engine/fields/group.ts';
import { userClass } from '../../../engine/fields/user.ts';
import { hasOracle } from '../../oracle.ts';
import { boundField, printed, recordings, replay } from './compare-oracle.ts';

const classes = [containerClass, userClass, groupClass];
const names = classes.flatMap(({ fields }) =>
  fields.filter((field) => !field.arg).map((field) => field.name),
);
const fields = [...names, 'container.mount.source[0]', 'container.mount.dest[0]'].map(
  (name) => [name, boundField(classes, name)] as const,
);

/** Most differences show early; set ORACLE_EVENTS=0 to compare all events. */
const LIMIT = Number(process.env['ORACLE_EVENTS'] ?? 300) || Infinity;

describe('container.*, k8s.*, user.* and group.* as Falco printed them', () => {
  if (!hasOracle()) return;
  for (const recording of recordings())
    it(recording, () => {
      replay(
        recording,
        (event, wanted) => {
          for (const [name, { field, get }] of fields)
            if (printed(field, get(event)) !== wanted[name])
              expect(printed(field, get(event)), `${name} of event ${event.num}`).to.deep.equal(wanted[name]);
        },
        LIMIT,
      );
    });
});
