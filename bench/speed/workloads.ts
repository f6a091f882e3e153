import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { oraclePath } from '../../test/oracle.ts';
import { readFalcoSpeeds, type FalcoSpeed } from './falco-speed.ts';
import type { RepeatedCapture } from './repeated-capture.ts';

const root = join(import.meta.dirname, '../..');
const ownCapture = (name: string): string => join(root, 'test/captures', `${name}.scap`);

/** Rule files that are loaded together. */
export interface RuleSet {
  readonly name: string;
  readonly paths: readonly string[];
}

/** A capture with the rules that it is replayed with. */
export interface Workload {
  /** `modern/93`: the capture and the rules. */
  readonly name: string;
  readonly capture: RepeatedCapture;
  readonly rules: RuleSet;
  /** What the real Falco needs for it, in yardsticks. */
  readonly falco?: FalcoSpeed | undefined;
}

/** The rules that we ship. */
export const library: RuleSet = { name: 'library', paths: [join(root, 'rules/library')] };

/** Whether the reference data lies beside the project. */
const hasReference = existsSync(oraclePath('SPEED.md'));

const official = (name: string, ...files: string[]): RuleSet => ({
  name,
  paths: files.map((file) => oraclePath('rules', `${file}.yaml`)),
});
const officialRules = official('25', 'falco_rules');
const allOfficialRules = official('93', 'falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules');

/** All that is replayed: recordings of our own with our rules and, where the reference data is, those that Falco's speed is known for. */
export const workloads: readonly Workload[] = [
  { name: 'podman/library', capture: { source: ownCapture('podman-shell'), times: 40 }, rules: library },
  {
    name: 'files/library',
    capture: { source: ownCapture('read-sensitive-files'), times: 100 },
    rules: library,
  },
  { name: 'web/library', capture: { source: ownCapture('web-shell-default'), times: 300 }, rules: library },
  ...(hasReference ? referenceWorkloads() : []),
];

function referenceWorkloads(): Workload[] {
  const speeds = readFalcoSpeeds(readFileSync(oraclePath('SPEED.md'), 'utf8'));
  const recording = (name: string): string => oraclePath('../captures', `${name}.scap`);
  const captures: [name: string, capture: RepeatedCapture][] = [
    ['modern', { source: recording('container-shell'), times: 20 }],
    ['modern-gzip', { source: recording('container-shell'), times: 20, gzip: true }],
    ['large', { source: recording('large-mixed'), times: 5 }],
    ['mpm', { source: oraclePath('captures/mpm-event.scap'), times: 200 }],
  ];
  return captures.flatMap(([capture, of]) =>
    [officialRules, allOfficialRules]
      .map((rules) => ({ name: `${capture}/${rules.name}`, capture: of, rules }))
      .map((workload) => ({ ...workload, falco: speeds.get(workload.name) })),
  );
}

/** The workload that single questions are answered with: many events and, if possible, many rules. */
export const mainWorkload: Workload =
  workloads.find(({ name }) => name === 'modern/93') ??
  workloads.find(({ name }) => name === 'podman/library')!;

/** All sets of rules, each once. */
export const ruleSets: readonly RuleSet[] = [...new Set(workloads.map(({ rules }) => rules))];
