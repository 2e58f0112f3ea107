// From when on something is told as a finding. The rules take these numbers from the config; docs/findings.md says what
// each is good for.

export interface Thresholds {
  /** Tries from an address or its range, in the day before a login, that make the login a finding. */
  readonly triesBeforeLogin: number;
  /** Names tried from an address, in the day before a login, that make the login a finding. */
  readonly namesBeforeLogin: number;
  /** Logins of one user by key from which on keys are the habit. */
  readonly keyLogins: number;
  /** Logins beside their PAM session from which on a machine is known to log both. */
  readonly sessionPairs: number;
  /** TCP ports on which the firewall refused an address, from which on it was looking around. */
  readonly blockedPorts: number;
  /** Tries of one address that no watcher banned. */
  readonly neverBannedTries: number;
  /** Tries of one address that fail2ban cannot have overlooked. */
  readonly silentTries: number;
  /** Tries for one user, and from how many addresses, that are a flood. */
  readonly floodTries: number;
  readonly floodAddresses: number;
  /** Tries in connections that began after the ban of their address. */
  readonly triesAfterBan: number;
  /** A total is unusual when it is above `unusualLeast` and above so many times its median. */
  readonly unusualTimes: number;
  readonly unusualLeast: number;
}

export const THRESHOLDS: Thresholds = {
  triesBeforeLogin: 5,
  namesBeforeLogin: 3,
  keyLogins: 5,
  sessionPairs: 3,
  blockedPorts: 3,
  neverBannedTries: 50,
  silentTries: 10,
  floodTries: 100,
  floodAddresses: 10,
  triesAfterBan: 3,
  unusualTimes: 10,
  unusualLeast: 500,
};

/** Of the findings that rest on earlier nights. */
export const OVER_NIGHTS = {
  /** Nights that must be known before anything is called new or usual. */
  nightsToKnow: 7,
  /** A slow guess: so many tries a night at most, in so many of the last 7 nights. */
  fewTries: 20,
  slowNights: 5,
  /** Tries of its own that a known address may have before its login: nobody mistypes more often. */
  ownTries: 100,
} as const;
