// How much of a digest a mail shows. One number rules all, so that "show less until it fits" is a search over it.

interface Limits {
  /** Rows a section. */
  readonly groups: number;
  readonly findings: number;
  /** Sources named one by one. */
  readonly sources: number;
  /** Days of a long window, the newest ones. */
  readonly days: number;
}

/** Returns the limits for `groups` rows a section; findings and sources in trouble keep a few even when that is 0. */
export function limitsFor(groups: number): Limits {
  return {
    groups,
    findings: Math.max(3, 2 * groups),
    sources: Math.max(3, 2 * groups),
    days: Math.min(31, Math.max(7, 4 * groups)),
  };
}
