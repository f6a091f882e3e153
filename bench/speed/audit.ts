import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oraclePath } from '../../test/oracle.ts';
import { cpu, runPaired, type Program } from './process.ts';
import { replayOf } from './replays.ts';
import { rounds, type Care, type Figures, type Section } from './section.ts';
import type { RuleSet } from './workloads.ts';

const root = join(import.meta.dirname, '../..');
const shop = join(root, 'test/captures/audit/shop.log');

/** How often the cluster itself asks in one round, while people do everything once: in a real log, too, most events are of no interest. */
const CLUSTER = 50;
/** Rounds of the log that is measured: 100 000 events. */
const ROUNDS = 457;

const ruleSets: readonly RuleSet[] = [
  { name: 'library', paths: [join(root, 'rules/library/k8s_audit')] },
  { name: 'official', paths: [oraclePath('k8s_audit/rules/k8s_audit_rules.yaml')] },
].filter(({ paths }) => paths.every((path) => existsSync(path)));

/** The replays of this section, by the names of their rows. */
export const auditReplays: readonly { readonly name: string; readonly rules: RuleSet }[] = ruleSets.map(
  (rules) => ({ name: `audit ${rules.name}`, rules }),
);

/** Whole replays of an audit log of Kubernetes. */
export const audit: Section = {
  title: 'Audit logs of Kubernetes, whole processes',
  legend:
    'parses: user and system CPU time, in that of bench/json-yardstick.mjs, which parses each line of the same file; "wall": wall time likewise. ' +
    'Spread: of the CPU times of the runs',
  columns: [
    { key: 'events', head: 'events', digits: 0 },
    { key: 'rate', head: 'events/s', digits: 0 },
    { key: 'micros', head: 'CPU µs/event', digits: 1 },
    { key: 'megabytes', head: 'MB/s', digits: 0 },
    { key: 'peak', head: 'peak MB', digits: 0 },
    { key: 'spread', head: 'spread %', digits: 0 },
    { key: 'ratio', head: 'parses', digits: 2 },
    { key: 'wall', head: 'wall', digits: 2 },
  ],
  measurements: auditReplays.map(({ name, rules }) => ({
    name,
    measure: (care) => measureAudit(rules, care),
  })),
};

/** The command that a row of this section runs. */
export const auditProgram = (rules: RuleSet): Program => replayOf([auditLog(ROUNDS).path], rules);

async function measureAudit(rules: RuleSet, care: Care): Promise<Figures> {
  const { path, events, bytes } = auditLog(rounds(ROUNDS, care));
  const { measured, unit, spread } = await runPaired(
    replayOf([path], rules),
    [join(root, 'bench/json-yardstick.mjs'), path],
    care.runs,
  );
  return {
    events,
    rate: events / measured.wall,
    micros: (cpu(measured) / events) * 1e6,
    megabytes: bytes / measured.wall / 1e6,
    peak: measured.peak / 1e6,
    spread: care.runs > 1 ? spread * 100 : undefined,
    ratio: cpu(measured) / cpu(unit),
    wall: measured.wall / unit.wall,
  };
}

/** A log in which somebody does what is in `test/captures/audit/shop.log`, in the middle of what the cluster does. */
export interface AuditLog {
  readonly path: string;
  readonly events: number;
  readonly bytes: number;
}

/** Makes the log when it is first asked for; found again by its name as long as its source is the same. */
export function auditLog(times: number): AuditLog {
  const text = readFileSync(shop, 'utf8');
  const events = text.trimEnd().split('\n');
  const ofTheCluster = events.filter((event) => event.includes('"username":"system:'));
  const round = [...Array.from({ length: CLUSTER }, () => ofTheCluster).flat(), ...events];
  const roundText = round.map((event) => `${event}\n`).join('');
  const content = createHash('sha256').update(roundText).digest('hex').slice(0, 8);
  const path = join(tmpdir(), `tiercel-bench-audit-${content}-x${times}.log`);
  if (!existsSync(path)) {
    // Whoever else looks for the file finds it whole or not at all.
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, roundText.repeat(times));
    renameSync(unfinished, path);
  }
  return { path, events: round.length * times, bytes: Buffer.byteLength(roundText) * times };
}
