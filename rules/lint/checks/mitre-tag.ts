import { fromBytes } from '../../../engine/index.ts';
import type { LintCheck } from '../check.ts';
import { exampleRule } from '../example.ts';
import { lookup } from '../../yaml/node.ts';
import { placeOfKey, placeOfScalar } from '../../model/model.ts';

/** The tactics of MITRE ATT&CK for enterprises. */
const TACTICS: ReadonlySet<string> = new Set(
  [
    'reconnaissance', 'resource_development', 'initial_access', 'execution', 'persistence', 'privilege_escalation', 'defense_evasion',
    'credential_access', 'discovery', 'lateral_movement', 'collection', 'command_and_control', 'exfiltration', 'impact',
  ].map((tactic) => `mitre_${tactic}`),
); // prettier-ignore
const TECHNIQUE = /^(?:T\d{4}(?:\.\d{3})?|TA\d{4})$/;

const rule = (tags: string): string =>
  exampleRule({ condition: 'evt.type = execve and proc.name = nc', tags });

export const mitreTag: LintCheck = {
  code: 'mitre-tag',
  severity: 'info',
  what: 'A rule without a tag of MITRE ATT&CK, or with one that there is not.',
  why: 'Tactics (`mitre_execution`) and techniques (`T1059`) are how rules are selected, counted and mapped to what a team covers; the rules that Falco ships all have both.',
  bad: rule('[process]'),
  good: rule('[process, mitre_execution, T1059]'),
  *check({ rules }) {
    for (const { loaded, items, place } of rules) {
      const tags = loaded.tags.map(fromBytes);
      if (!tags.some((tag) => tag.startsWith('mitre_') || TECHNIQUE.test(tag))) {
        const item = items.findLast(({ node }) => lookup(node, 'tags') !== undefined);
        yield {
          place: item === undefined ? place : placeOfKey(item, 'tags'),
          message: `rule "${fromBytes(loaded.name)}" has no tag of MITRE ATT&CK`,
          hint: 'add the tactic and the technique, such as mitre_execution and T1059',
        };
      }
      for (const { file, node } of items) {
        const list = lookup(node, 'tags');
        for (const tag of list?.kind === 'sequence' ? list.items : []) {
          if (tag.kind !== 'scalar' || !isMisspelt(tag.value)) continue;
          yield {
            place: placeOfScalar(file, tag),
            message: `there is no "${fromBytes(tag.value)}" in MITRE ATT&CK`,
            hint: tag.value.startsWith('mitre_')
              ? `the tactics are ${[...TACTICS].join(', ')}`
              : 'techniques are written T1059 or T1059.004, tactics TA0002',
          };
        }
      }
    }
  },
};

const isMisspelt = (tag: string): boolean =>
  (tag.startsWith('mitre_') && !TACTICS.has(tag)) ||
  (/^(?:TA?[-_ ]?\d{3,}.*|t\d{4}.*)$/.test(tag) && !TECHNIQUE.test(tag));
