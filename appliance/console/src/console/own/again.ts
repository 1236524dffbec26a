/** The password once more, before something that matters. */

import { ElMessageBox } from "element-plus";

import { w } from "../words";

/** Null: the person would rather not. */
export async function askPassword(): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt(w.value.own.askPassword, {
      inputType: "password",
      inputValidator: (typed: string) => !!typed || w.value.signIn.needPassword,
    });
    return typeof answer === "object" ? answer.value : null;
  } catch {
    return null;
  }
}
