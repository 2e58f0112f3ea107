// How much of a digest a mail shows. One number rules all, so that "show less until it fits" is a search over it:
// who got in is told in full as long as it fits, and the rest gives way first.

export interface Limits {
  /** Rows of the section of logins. */
  readonly logins: number;
  /** Rows of any other section. */
  readonly groups: number;
  readonly findings: number;
  /** Sources named one by one. */
  readonly sources: number;
  /** Days of a long window, the newest ones. */
  readonly days: number;
}

/** More groups a digest hardly has (`limits.groups`), and no mail holds them. */
const ALL_LOGINS = 1_000;
/** Rows that other sections keep while logins still have to give way. */
const FEW = 5;

/** The level of `limitsAt` at which `groups` rows a section are shown, and every login. */
export function topLevel(groups: number): number {
  return ALL_LOGINS + Math.max(0, groups - FEW);
}

/** Returns the limits of a level up to `topLevel(groups)`; findings and sources in trouble keep a few even at 0. */
export function limitsAt(level: number, groups: number): Limits {
  const rows = Math.min(groups, level <= ALL_LOGINS ? Math.min(level, FEW) : FEW + level - ALL_LOGINS);
  return {
    logins: Math.min(level, ALL_LOGINS, groups === 0 ? 0 : ALL_LOGINS),
    groups: rows,
    findings: Math.max(3, 2 * rows),
    sources: Math.max(3, 2 * rows),
    days: Math.min(31, Math.max(7, 4 * rows)),
  };
}
