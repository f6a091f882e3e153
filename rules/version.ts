/** A version as Falco reads it: three numbers; what follows them is ignored. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Falco's engine whose behaviour this loader has (0.44.1). */
export const ENGINE_VERSION: Version = { major: 0, minor: 62, patch: 0 };

/** `1.2.3`, `1.2.3-rc1`, `1.2.3.4`; `undefined` if there are no three numbers. */
export function parseVersion(text: string): Version | undefined {
  const found = /^\s*\+?(\d+)\.\s*\+?(\d+)\.\s*\+?(\d+)/.exec(text);
  if (!found) return undefined;
  const [major, minor, patch] = found.slice(1).map((digits) => Number(BigInt.asUintN(32, BigInt(digits))));
  return { major: major!, minor: minor!, patch: patch! };
}

export const formatVersion = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`;

/** Negative if `a` is older than `b`. */
export const compareVersions = (a: Version, b: Version): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch;

/** Whether `version` serves where `required` is asked for: same major number, not older. */
export const isCompatible = (version: Version, required: Version): boolean =>
  version.major === required.major && compareVersions(version, required) >= 0;
