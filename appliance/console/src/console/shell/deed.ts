/** Something that somebody does by a button: once at a time, and what came of it is said. */

import { ElMessage } from "element-plus";
import { ref } from "vue";

import { asRefused } from "../api/client";
import { said } from "../words";

export function useDeed() {
  const isBusy = ref(false);

  /** False where it was refused, which has been said. */
  async function act(work: () => Promise<unknown>, done?: string): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    try {
      await work();
      if (done) ElMessage.success({ message: done, grouping: true });
      return true;
    } catch (error) {
      ElMessage.error({ message: said(asRefused(error)), duration: 6000, grouping: true });
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  return { isBusy, act };
}
