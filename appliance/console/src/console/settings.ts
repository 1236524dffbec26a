/** What this browser remembers of how somebody likes the console: language, light or dark, sound, shop. Never anything of a customer. */

import { ref, watch } from "vue";
import type { Ref } from "vue";

const PREFIX = "aftersales-console:";

export type Language = "zh" | "en";
export type Theme = "auto" | "light" | "dark";

function kept<T extends string>(name: string, first: T, all?: readonly T[]): Ref<T> {
  const found = read(name) as T | null;
  const value = ref(found !== null && (all?.includes(found) ?? true) ? found : first) as Ref<T>;
  watch(value, (now) => {
    write(name, now);
  });
  return value;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // A browser that keeps nothing starts with the defaults again.
  }
}

export const language = kept<Language>("language", "zh", ["zh", "en"]);
export const theme = kept<Theme>("theme", "auto", ["auto", "light", "dark"]);
export const chosenShop = kept<string>("shop", "");

const system = matchMedia("(prefers-color-scheme: dark)");

function dress(): void {
  const isDark = theme.value === "dark" || (theme.value === "auto" && system.matches);
  document.documentElement.classList.toggle("dark", isDark);
}

/** From now on the page follows what is chosen. */
export function followSettings(): void {
  watch(theme, dress, { immediate: true });
  system.addEventListener("change", dress);
  watch(
    language,
    (now) => {
      document.documentElement.lang = now === "zh" ? "zh-CN" : "en";
    },
    { immediate: true },
  );
}
