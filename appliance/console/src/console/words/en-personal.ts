/** What the room of personal data says, in English. */

import type { PersonalWords } from "./zh-personal";

export const enPersonal: PersonalWords = {
  period: "Period",
  days: { 1: "Last 24 hours", 7: "Last 7 days", 31: "Last 31 days" },
  found: "Personal data that was found",
  foundHint:
    "Counts and no content: each distinct value of a conversation once. Codes and passwords are dropped where they are met, and so not counted. Days are those of China.",
  nothingFound: "Nothing was found in this period",
  byType: "By kind and channel",
  byDay: "By day and kind",
  type: "Kind",
  day: "Day",
  sum: "Sum",
  channels: { web: "Web", voice: "Voice" },
  afterwards: "Masked afterwards",
  afterwardsHint: "A value that came in several messages is masked in all of them once it is whole.",
  seen: "Who saw clear values",
  seenHint: "Each time a value was made clear there is a purpose and a record; what was refused stands here too. Neither this page nor the log holds the value.",
  nobody: "Nobody saw a clear value in this period",
  who: "Who",
  how: "How",
  what: "What",
  purpose: "Purpose",
  where: "Where",
  services: { executor: "Executor", dialogue: "Bot", messages: "SMS sender" },
  purposes: {
    order_system_write: "Written to the order system",
    confirmation: "For the customer to confirm",
    return_guide: "Guide for a return",
    not_found: "No such value, or not theirs",
    too_many_reveals: "Too many",
    audit_unavailable: "The log took nothing",
  },
  fields: { phone: "Phone", address: "Address", name: "Name", email: "E-mail" },
};
