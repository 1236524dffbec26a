/** Asks before something that cannot be undone. */

import { ElMessageBox } from "element-plus";

import { w } from "../words";

/** The boxes stand outside of the application, so they are told their words. */
export function buttons() {
  return { confirmButtonText: w.value.common.confirm, cancelButtonText: w.value.common.cancel };
}

export async function isSure(question: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(question, { type: "warning", ...buttons() });
    return true;
  } catch {
    return false;
  }
}
