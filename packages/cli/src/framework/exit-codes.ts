/** What the exit code of every command says. */
export const EXIT = {
  /** Done, or the answer is yes. */
  ok: 0,
  /** The answer is no, or it failed for a reason outside. */
  no: 1,
  /** The command line or the input is wrong; the message says how to mend it. */
  usage: 2,
  /** A mistake of ours (EX_SOFTWARE of sysexits). */
  bug: 70,
  /** Ended by Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;
