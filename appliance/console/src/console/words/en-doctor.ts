/** What `appliance doctor` looks at, and what to do about it, in English. */

import type { zhDoctor } from "./zh-doctor";

export const enDoctor: typeof zhDoctor = {
  title: "Examination",
  hint: "As the command appliance doctor does it, one check after another and all of the audit log; that may take minutes. What it finds is in the command's own words",
  begin: "Examine",
  running: "Examining",
  done: "The examination is done",
  check: "Check",
  found: "Found",
  checks: {
    python: "Python",
    disk: "Disk",
    state: "State directory",
    processes: "Processes",
    postgres: "PostgreSQL",
    migrations: "Tables",
    login: "Database login",
    "root key": "Root key",
    holidays: "Holidays",
    web: "Web",
    worker: "Worker",
    "language model": "Language model",
    messages: "SMS gateway",
    audit: "Audit log",
  },
  cures: {},
};
