// What is wrong with a server's certificate, by OpenSSL's names as Node gives them:
// https://nodejs.org/api/tls.html#x509-certificate-error-codes

type Fault = "expired" | "not yet valid" | "another name" | "self-signed" | "unknown authority";

const FAULTS: Readonly<Record<string, Fault>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not yet valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown authority",
};

const TEXTS: Readonly<Record<Fault, string>> = {
  expired: "has expired (renew it on the server)",
  "not yet valid": "is not valid yet (check the clock of this machine)",
  "another name": "is for another name",
  "self-signed": "is self-signed",
  "unknown authority": "is from an authority that is not trusted here",
};

/** What a channel's own settings can do about it. */
export type CertificateAdvice = Readonly<Partial<Record<Fault, string>>>;

/** Returns what follows "the certificate of HOST"; undefined when the error is about something else. */
export function certificateProblem(code: string, advice: CertificateAdvice = {}): string | undefined {
  const fault = FAULTS[code];
  if (fault === undefined) return undefined;
  return advice[fault] === undefined ? TEXTS[fault] : `${TEXTS[fault]} (${advice[fault]})`;
}
