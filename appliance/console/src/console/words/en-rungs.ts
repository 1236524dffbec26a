/** What is done without, as each kind of staff needs it, in English. */

import type { Said } from "../shell/rungs";

export const enRungs: Said = {
  desk: {
    smaller_model: "The language model is away: a smaller one answers, and may understand a little less",
    compact_model: "The language model is away: the bot understands by the compact one and answers by templates, and may hand over more often",
    keypad: "No recogniser: callers can only press keys or ask to be called back",
    plain_voice: "No speaker: calls are spoken by the spare voice",
    work_orders: "A shop's order system does not answer: the bot finds no orders there and keeps requests as work orders",
    queue: "Turns wait long: newcomers queue, and the bot answers late",
    no_money: "Audit records wait to be sealed: serve as ever; refunds and the like are carried out once that is over",
  },
  decides: {
    work_orders: "A shop's order system does not answer: approved refunds are carried out once it does",
    no_money: "Audit records wait to be sealed: approved refunds are carried out once that is over",
  },
  security: { no_money: "Audit records wait to be sealed: changes of accounts and rights are refused meanwhile" },
  audit: { no_money: "Audit records wait to be sealed: the newest are not in the log yet, and nothing is exported. Tell the system administrator" },
  everybody: {
    waiting_for_database: "The database does not answer: pages wait for it. What was just sent may not be done; look again afterwards",
  },
};
