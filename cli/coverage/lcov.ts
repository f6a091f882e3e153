import type { Coverage } from '../../rules/index.ts';
import { coverageByFile, type FileCoverage } from './places.ts';

/**
 * Coverage as an lcov trace file, for editors and services that colour files. A rule is a function, called once for each case that expects it to fire,
 * and so is a route, called once for each alert that it takes; a check is a branch with two ways, of which those that are impossible are left out.
 */
export function coverageLcov(coverage: Coverage): string {
  return coverageByFile(coverage).map(fileRecord).join('');
}

function fileRecord({ file, checks, rules }: FileCoverage): string {
  const lines = new Map<number, number>();
  const records = ['TN:', `SF:${file}`];
  for (const { name, line } of rules) records.push(`FN:${line},${name}`);
  for (const { name, fires } of rules) records.push(`FNDA:${fires},${name}`);
  records.push(`FNF:${rules.length}`, `FNH:${rules.filter(({ fires }) => fires > 0).length}`);
  let found = 0;
  let hit = 0;
  checks.forEach(({ line, held, failed, canHold, canFail }, block) => {
    const made = held + failed;
    for (const [way, possible, count] of [
      [0, canHold, held],
      [1, canFail, failed],
    ] as const) {
      if (!possible) continue;
      found++;
      if (count > 0) hit++;
      records.push(`BRDA:${line},${block},${way},${made === 0 ? '-' : count}`);
    }
    // A line is as good as its worst check.
    lines.set(line, Math.min(lines.get(line) ?? Infinity, made));
  });
  records.push(`BRF:${found}`, `BRH:${hit}`);
  for (const [line, count] of lines) records.push(`DA:${line},${count}`);
  records.push(`LF:${lines.size}`, `LH:${[...lines.values()].filter((count) => count > 0).length}`);
  return `${records.join('\n')}\nend_of_record\n`;
}
