/** What the room of canned replies says, in English. */

import type { zhReplies } from "./zh-replies";

export const enReplies: typeof zhReplies = {
  hint: "Agents type “/” to search and insert one. Personal data in it is replaced",
  add: "New canned reply",
  change: "Change a canned reply",
  search: "Search titles and texts",
  title: "Title",
  text: "Text",
  changedAt: "Changed",
  edit: "Change",
  none: "No canned reply yet",
  noMatch: "No canned reply fits",
  needBoth: "Fill in title and text",
  saved: "Saved",
  removeAsk: (title) => `Remove “${title}”?`,
  removed: "Removed",
};
