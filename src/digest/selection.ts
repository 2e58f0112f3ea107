// What a config wants to hear of: some sections, and with them their reasons for a mail.
import type { Digest, Reason, Section } from "./digest.ts";

/** Findings and logs in trouble are told whatever is selected. */
const SECTION_OF: Readonly<Partial<Record<Reason, Section["id"]>>> = {
  logins: "logins",
  failures: "failures",
  bans: "bans",
  firewall: "firewall",
  accounts: "accounts",
  privilegeFailures: "privileges",
  services: "services",
};

/** Keeps the reasons of the selected sections; undefined selects all. */
export function selectReasons(reasons: readonly Reason[], sections: readonly string[] | undefined): readonly Reason[] {
  if (sections === undefined) return reasons;
  return reasons.filter((reason) => SECTION_OF[reason] === undefined || sections.includes(SECTION_OF[reason]));
}

/** Leaves out of a digest what was not selected. Totals and findings stay. */
export function selectSections(digest: Digest, sections: readonly string[] | undefined): Digest {
  if (sections === undefined) return digest;
  const reasons = selectReasons(digest.reasons, sections);
  const kept = digest.sections.filter(({ id }) => id === "sources" || sections.includes(id));
  return { ...digest, reasons, empty: reasons.length === 0, sections: kept };
}
