import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { containerClass } from '../../../engine/fields/container.ts';
import { groupClass } from '../../../engine/fields/group.ts';
import { userClass } from '../../../engine/fields/user.ts';
import { hasOracle, oraclePath } from '../../oracle.ts';
import { boundField, printed, recordings, replay } from './compare-oracle.ts';

const classes = [containerClass, userClass, groupClass];
const names = classes.flatMap(({ fields }) =>
  fields.filter((field) => !field.arg).map((field) => field.name),
);
const fields = [...names, 'container.mount.source[0]', 'container.mount.dest[0]'].map(
  (name) => [name, boundField(classes, name)] as const,
);

interface ListedClass {
  readonly class: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly is_list: boolean;
    readonly argument: { readonly required: boolean; readonly type: readonly string[] } | null;
  }[];
}

/** Most differences show early; set ORACLE_EVENTS=0 to compare all events. */
const LIMIT = Number(process.env['ORACLE_EVENTS'] ?? 300) || Infinity;

describe('container.*, k8s.*, user.* and group.* as Falco printed them', () => {
  if (!hasOracle()) return;

  for (const { name, fields } of classes)
    it(`${name}: its fields are those of Falco`, () => {
      const text = readFileSync(oraclePath('tables', 'fields.json'), 'utf8');
      const listed = (JSON.parse(text) as ListedClass[]).find((each) => each.class === name)!;
      const ours = fields.map(({ name, type, list, arg }) => ({
        name,
        type,
        is_list: list ?? false,
        argument: arg
          ? { required: arg.required, type: [...(arg.index ? ['INDEX'] : []), ...(arg.key ? ['KEY'] : [])] }
          : null,
      }));
      expect(ours).to.deep.equal(listed.fields);
    });

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
