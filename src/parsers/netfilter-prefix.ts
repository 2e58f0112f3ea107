// What the admin's words before a packet say became of it.

type Verdict = "firewall.block" | "firewall.allow";

// biome-ignore format: a table of words
const BLOCKS = [
  "BLOCK", "BLOCKED", "BLOCKING", "DROP", "DROPPED", "DROPPING", "DENY", "DENIED", "REJECT", "REJECTED", "REFUSE",
  "REFUSED", "BAN", "BANNED", "DISCARD", "DISCARDED", "BLACKHOLE",
];
const ALLOWS = ["ALLOW", "ALLOWED", "ACCEPT", "ACCEPTED", "PASS", "PASSED", "PERMIT", "PERMITTED"];
/** Chains that are named together with what they do: LOGDROP, INREJECT. */
const CHAINS = ["", "LOG", "LOGN", "LOGAND", "IN", "OUT", "INPUT", "OUTPUT", "FORWARD", "FWD", "FW", "IPT", "SYN"];
/** Whole words only: BLOCKLIST-ACCEPT accepts, and the AIRDROP service is no drop. */
const WORDS = new Map<string, Verdict>(
  CHAINS.flatMap((chain) => [
    ...BLOCKS.map((word) => [chain + word, "firewall.block"] as const),
    ...ALLOWS.map((word) => [chain + word, "firewall.allow"] as const),
  ]),
);
/** VyOS, EdgeOS and UniFi end the rule's name so: `[WAN_LOCAL-default-D]`, `[IN-filter-10-A]`. */
const SUFFIXES = new Map<string, Verdict>([
  ["-D]", "firewall.block"],
  ["-R]", "firewall.block"],
  ["-A]", "firewall.allow"],
]);

export interface Prefix {
  readonly verdict: Verdict | undefined;
  readonly tool: "ufw" | "netfilter";
}

export function prefixOf(text: string): Prefix {
  return { verdict: verdictOf(text), tool: text.startsWith("[UFW ") ? "ufw" : "netfilter" };
}

/** Chain first, action last, as everybody writes it; a rule that only watches is neither a block nor an allow. */
function verdictOf(prefix: string): Verdict | undefined {
  const suffix = SUFFIXES.get(prefix.trimEnd().slice(-3));
  if (suffix !== undefined) return suffix;
  let verdict: Verdict | undefined;
  let previous = "";
  for (const word of prefix.split(/[^A-Za-z0-9]+/)) {
    const upper = word.toUpperCase();
    const said = word === "ACC" && prefix.startsWith("SFW2-") ? "firewall.allow" : WORDS.get(upper);
    const negated = previous === "NOT" || previous === "NON";
    if (said !== undefined) verdict = !negated ? said : said === "firewall.allow" ? "firewall.block" : undefined;
    previous = upper;
  }
  return verdict;
}
