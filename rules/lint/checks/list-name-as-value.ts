import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleList, exampleRule } from '../example.ts';
import { constantsOf, placeOfValue } from '../../model/condition-node.ts';

const a = exampleList('shells', 'bash, sh');
const b = exampleList('interpreters', 'shells, python3');
const c = exampleList('programs', 'interpreters, nc');
const rule = exampleRule({
  condition: 'evt.type = execve and proc.pname = nginx and proc.name in (programs)',
});

export const listNameAsValue: LintCheck = {
  code: 'list-name-as-value',
  severity: 'error',
  what: 'The name of a list that stays a plain word.',
  why: 'Falco resolves lists in lists one level deep, if they are defined in the natural order. Of `cc: [bb]`, `bb: [aa]`, `aa: [x]` a condition that names cc gets the text "aa", without a warning. A list’s name in quotes stays a word too.',
  bad: a + b + c + rule,
  good: c + b + a + rule,
  *check(model) {
    const inLists = new Set<string>();
    for (const list of model.lists.values()) {
      for (const { value, place } of list.entries) {
        const inner = model.lists.get(value);
        const left = inner?.entries.find(
          (entry) => model.lists.has(entry.value) && stays(entry.value, list.name),
        );
        if (left === undefined || !list.loaded.used) continue;
        inLists.add(left.value);
        yield {
          place,
          message: `list "${fromBytes(list.name)}" gets the word "${fromBytes(left.value)}" from the list "${fromBytes(value)}", not the items of that list: Falco goes one level deep`,
          hint: `define ${fromBytes(list.name)} before ${fromBytes(left.value)}, or name ${fromBytes(left.value)} in it directly`,
          notes: [{ ...left.place, message: 'the name that stays a word' }],
        };
      }
    }
    for (const node of model.checks())
      for (const value of constantsOf(node))
        if (model.lists.has(value) && !inLists.has(value) && !model.reaches(value, value))
          yield {
            place: placeOfValue(node, value),
            message: `"${fromBytes(value)}" is the name of a list, and is compared with as a text here`,
            hint: 'write it without quotes, between blanks, brackets or commas',
          };

    // Names are replaced in conditions list by list: one that comes after the list it is in is found there still.
    function stays(name: string, inside: string): boolean {
      const order = [...model.lists.keys()];
      return order.indexOf(name) < order.indexOf(inside);
    }
  },
};
