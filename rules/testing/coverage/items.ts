import type { ByteString, Check, Event, Expr } from '../../../engine/index.ts';
import type { Language } from '../../language.ts';

/** Makes checks of the single items of a list: which of them is it for which the check with the whole list holds? */
export class ItemChecks {
  readonly #language: Pick<Language, 'compile'>;
  readonly #known = new Map<Check, readonly ((event: Event) => boolean)[]>();

  constructor(language: Pick<Language, 'compile'>) {
    this.#language = language;
  }

  /** One test for each item on the right side, in their order. */
  of(check: Check, source: ByteString): readonly ((event: Event) => boolean)[] {
    let tests = this.#known.get(check);
    if (tests === undefined) this.#known.set(check, (tests = this.#make(check, source)));
    return tests;
  }

  #make({ expr, values }: Check, source: ByteString): readonly ((event: Event) => boolean)[] {
    if (expr.kind === 'unary' || expr.right.kind !== 'list') return [];
    const { right } = expr;
    return right.values.slice(0, values.length).map((value) => {
      const single: Expr = { ...expr, right: { ...right, values: [value] } };
      const { tree } = this.#language.compile(single, source);
      return tree.kind === 'check' ? tree.check.test : () => false;
    });
  }
}
