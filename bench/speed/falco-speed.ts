/** What the real Falco needs for a replay, in yardsticks. */
export interface FalcoSpeed {
  /** User CPU time over that of the yardstick. */
  readonly user: number;
  readonly wall: number;
}

/**
 * Reads Falco's speeds from the page that states them: a table whose rows begin with the name of a capture in backticks (and `gzip`, if it is compressed) and
 * name the number of rules in brackets. Gives them by `CAPTURE/RULES` or `CAPTURE-gzip/RULES`.
 */
export function readFalcoSpeeds(page: string): Map<string, FalcoSpeed> {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const [heads = [], ...body] = rows;
  const [capture, rules, user, wall] = ['capture', 'rules', 'Falco, CPU', 'Falco, wall'].map((head) =>
    heads.findIndex((cell) => cell.startsWith(head)),
  ) as [number, number, number, number];
  const speeds = new Map<string, FalcoSpeed>();
  for (const cells of body) {
    const name = /^`(\w+)`(.*)$/.exec(cells[capture] ?? '');
    const count = /\((\d+)\)/.exec(cells[rules] ?? '')?.[1];
    const speed = { user: Number(cells[user]), wall: Number(cells[wall]) };
    if (name === null || count === undefined || !(speed.user > 0 && speed.wall > 0)) continue;
    speeds.set(`${name[1]}${/\bgzip\b/.test(name[2]!) ? '-gzip' : ''}/${count}`, speed);
  }
  return speeds;
}
