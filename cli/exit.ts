/** Exit statuses of all commands. */
export const EXIT = {
  fine: 0,
  /** The work was done, and something is wrong with what it looked at: invalid rules, failed tests. */
  findings: 1,
  /** The work could not be done, or not all of it. */
  couldNotRun: 2,
} as const;
