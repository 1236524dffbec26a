/**
 * The chat widget. A shop's page includes it by one tag and says the rest in its attributes (docs/widget.md):
 *
 *   <script src="https://appliance.example/widget.js" data-shop="demo" data-token="…" async></script>
 *
 * It lives in a shadow root of its own and asks nothing of the page but to let it speak to the appliance.
 */

import { createApp } from "vue";

import { Chat } from "../chat/chat";
import { browser, callsOf, storage } from "../chat/world";
import { isColour, onColour } from "./colour";
import css from "./widget.css?inline";
import Widget from "./Widget.vue";
import { wordsIn } from "./words";

const TAG = "aftersales-chat";

function warn(message: string): void {
  console.error(`aftersales-chat: ${message}`);
}

function dress(root: ShadowRoot): void {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    return;
  }
  const style = document.createElement("style");
  style.textContent = css;
  (root as ShadowRoot).append(style);
}

function colour(host: HTMLElement, accent: string | null | undefined): void {
  if (!accent) return;
  if (!isColour(accent)) {
    warn(`'${accent}' is no colour of the form #rrggbb`);
    return;
  }
  host.style.setProperty("--set-accent", accent);
  host.style.setProperty("--set-on-accent", onColour(accent));
}

function begin(script: HTMLScriptElement): void {
  const { shop, token, lang, theme, accent } = script.dataset;
  if (!shop) {
    warn('name the shop: <script src="…/widget.js" data-shop="…">');
    return;
  }
  const language = lang ?? (document.documentElement.lang || navigator.language);
  const host = document.createElement(TAG);
  if (theme === "light" || theme === "dark") host.setAttribute("theme", theme);
  host.lang = /^zh\b/i.test(language) || language === "" ? "zh-CN" : "en";
  const root = host.attachShadow({ mode: "open" });
  dress(root);
  const { origin } = new URL(script.src);
  const place = { origin, shop, storage: storage(), world: browser, calls: callsOf(origin), warn };
  const chat = new Chat(place, token ?? null);
  const inside = document.createElement("div");
  inside.className = "inside";
  root.append(inside);
  const widget = createApp(Widget, { chat, words: wordsIn(language), language: host.lang }).mount(inside) as unknown as {
    open(): Promise<void>;
    close(): Promise<void>;
  };
  document.body.append(host);
  window.AftersalesChat = {
    open: () => void widget.open(),
    close: () => void widget.close(),
    identify: (next) => void chat.identify(next),
  };
  colour(host, accent);
  void chat.prepare().then(() => {
    if (!accent) colour(host, chat.shown.settings?.accent);
  });
}

function start(): void {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) {
    warn("include it as a classic script, not as a module");
    return;
  }
  if (window.AftersalesChat !== undefined) {
    warn("it is included twice; the second tag does nothing");
    return;
  }
  if (document.body !== null) begin(script);
  else {
    document.addEventListener("DOMContentLoaded", () => {
      begin(script);
    });
  }
}

start();
