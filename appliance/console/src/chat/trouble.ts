/** Why nothing can be said for now, and whom that concerns. */

import { Problem } from "./api";

/** Words for it stand in `widget/words.ts`. */
export type Trouble = "unreachable" | "refused_origin" | "no_such_shop" | "token" | "busy" | "broken";

interface Told {
  shop: string;
  warn: (message: string) => void;
}

/** What to show; a developer of the page is told what he has to mend. */
export function troubleOf(error: unknown, { shop, warn }: Told): Trouble {
  if (!(error instanceof Problem)) throw error;
  if (error.code === "origin_not_allowed") {
    warn(
      `${location.origin} may not embed the chat of shop '${shop}'. ` +
        `Allow it: appliance shop widget ${shop} --origin ${location.origin}`,
    );
    return "refused_origin";
  }
  if (error.status === 404) {
    warn(`there is no shop '${shop}': check data-shop`);
    return "no_such_shop";
  }
  if (error.status === 401) {
    warn(`the customer's token was not taken (${error.code}): ${error.message}`);
    return "token";
  }
  return error.status === 429 ? "busy" : "unreachable";
}
