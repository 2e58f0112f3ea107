/** True for addresses of the own house: loopback, link-local, RFC 1918, RFC 4193. @param ip as parseAddress gives it */
export function isPrivate(ip: string): boolean {
  if (ip.includes(":")) return ip === "::1" || /^(?:f[cd]|fe[89ab])/.test(ip);
  return /^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(ip);
}
