/** The password once more, before something that matters. */

import { ElMessageBox } from "element-plus";

import { buttons } from "../shell/ask";
import { w } from "../words";

/** Null: the person would rather not. */
export async function askPassword(): Promise<string | null> {
  try {
    const answer: unknown = await ElMessageBox.prompt(w.value.own.askPassword, {
      ...buttons(),
      inputType: "password",
      inputValidator: (typed: string) => !!typed || w.value.signIn.needPassword,
    });
    return (answer as { value: string }).value;
  } catch {
    return null;
  }
}
