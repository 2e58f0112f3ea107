// How a finding speaks of a name that anybody may have typed: short, and so that it cannot pass for our own words.

/** Three such names leave room for the rest of the sentence, which says who got in and what to do. */
const LENGTH = 32;
/** What is written out as an escape before a person sees it (render/visible.ts) takes that much room. */
const ESCAPED = 8;

/** Returns the name cut, and in double quotes when a sentence or a list could be made of it. */
export function quoteName(name: string): string {
  const short = cut(name);
  return /^[^\s\p{Z},;"'“”()·→]+$/u.test(short) ? short : `"${short.replaceAll('"', '\\"')}"`;
}

function cut(name: string): string {
  let kept = "";
  let used = 0;
  for (const char of name.slice(0, 2 * LENGTH)) {
    const size = /[\p{L}\p{N}\p{P}\p{S} ]/u.test(char) ? 1 : ESCAPED;
    if (used + size > LENGTH) return `${kept}…`;
    kept += char;
    used += size;
  }
  return kept.length < name.length ? `${kept}…` : kept;
}
