import { describe, expect, it } from "vitest";

import { enOperations } from "../words/en-operations";
import { zhOperations } from "../words/zh-operations";
import type { Part, State } from "../api/operations";
import { figure, size, span } from "./figures";

/** All that `appliance/installation/rules.py` says. */
const SAID: Record<Part, State[]> = {
  processes: ["absent", "not_ready", "restarted", "well"],
  workers: ["none", "well", "away"],
  database: ["crowded", "well", "away"],
  audit: ["behind", "well", "away"],
  order_systems: ["failing", "none", "well", "unknown", "away"],
  writes: ["reconciling", "behind", "unknown", "well", "away"],
  turns: ["behind", "well", "away"],
  webhooks: ["given_up", "behind", "well", "away"],
  jobs: ["behind", "given_up", "well", "away"],
  language_model: ["absent", "resting", "smaller", "well"],
  compact_model: ["well"],
  recogniser: ["absent", "unknown", "not_ready", "self_test", "well"],
  speaker: ["absent", "unknown", "not_ready", "well"],
  disk: ["low", "well"],
  egress: ["blocked", "well"],
  upkeep: ["absent", "failed", "behind", "well"],
};

describe("figures", () => {
  it("are read by what their names say", () => {
    expect(figure("free_bytes", 512_300_000_000, "zh-CN")).toBe("512 GB");
    expect(figure("oldest_s", 7_300, "zh-CN")).toBe("2小时");
    expect(figure("waiting", 1_234, "zh-CN")).toBe("1,234");
  });

  it("have the largest unit of which there is a whole one", () => {
    expect([size(0), size(999), size(1_500), size(20_000_000)]).toEqual(["0 B", "999 B", "1.5 KB", "20.0 MB"]);
    expect([span(0, "en-GB"), span(59, "en-GB"), span(120, "en-GB"), span(200_000, "en-GB")]).toEqual([
      "0 seconds",
      "59 seconds",
      "2 minutes",
      "2 days",
    ]);
  });
});

describe("words", () => {
  it.each([zhOperations, enOperations])("say of every part what it is, and what to do wherever it is not well", (words) => {
    for (const [part, states] of Object.entries(SAID) as [Part, State[]][]) {
      const named = words.parts[part];
      expect(named.name && named.means).toBeTruthy();
      for (const state of states) {
        expect(words.states[state]).toBeTruthy();
        const cure = named.cures[state] ?? words.cures[state];
        if (!["well", "absent"].includes(state)) expect(cure, `${part} ${state}`).toBeTruthy();
      }
    }
  });
});
