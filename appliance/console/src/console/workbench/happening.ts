/** What happened and what was pressed, in words. */

import { yuan } from "../desk/amounts";
import { payloadOf } from "../desk/talk";
import type { Line } from "../desk/talk";
import type { Words } from "../words/zh";

export function happening(line: Line, w: Words): string {
  const words = w.desk;
  const name = words.events[line.type ?? ""] ?? line.type ?? "";
  const detail = detailOf(line, w);
  return [name, detail, line.text].filter(Boolean).join("：");
}

function detailOf(line: Line, w: Words): string {
  const { desk } = w;
  const data = line.data ?? {};
  switch (line.type) {
    case "handoff.made":
      return desk.reasons[text(data.reason)] ?? "";
    case "owner.changed":
      return line.text ? "" : owner(data, w);
    case "service.ended":
      return (desk.closeReasons as Record<string, string>)[text(data.reason)] ?? "";
    case "rating.given":
      return desk.stars(Number(data.score));
    case "mood.changed":
      return desk.moods[text(data.level)] ?? "";
    case "agents.alerted":
      return (Array.isArray(data.risks) ? data.risks : []).map((risk) => desk.risks[text(risk)] ?? text(risk)).join("、");
    case "quote.offered":
      return `${desk.flows[text(data.kind)] ?? ""} ${yuan(Number(data.total_fen))}`.trim();
    case "call.ended":
      return { transfer: desk.callMoved, writing: desk.callInWriting, broken: desk.callBroken }[text(data.how)] ?? desk.callHungUp;
    case "receipt.unheard":
      return data.work_order_id === undefined ? desk.toldByMessage : desk.toldByPerson;
    case "operation.accepted":
      return desk.flows[text(data.kind)] ?? "";
    case "call.measured":
      return call(data, w);
    default:
      return "";
  }
}

/** How a call went, as it told of itself when it was over. */
function call(data: Record<string, unknown>, w: Words): string {
  const answers = Array.isArray(data.answers) ? (data.answers as { total: number }[]) : [];
  const totals = answers.map(({ total }) => total).sort((a, b) => a - b);
  const median = totals[Math.ceil(totals.length / 2) - 1] ?? 0;
  const yielded = Array.isArray(data.yields_ms) ? data.yields_ms.length : 0;
  const seconds = Math.round(Number(data.length_ms) / 1000);
  return w.desk.callTold(seconds, totals.length, (median / 1000).toFixed(2), yielded, Number(data.false_interruptions ?? 0));
}

function owner(data: Record<string, unknown>, w: Words): string {
  if (data.owner === "agent") return w.desk.ownerAgent(text(data.badge));
  return data.owner === "bot" ? w.desk.ownerBot : w.desk.ownerNobody;
}

export function pressed(payload: string, w: Words): string {
  const { desk } = w;
  const { kind, name, value } = payloadOf(payload);
  if (kind === "affirm") return desk.confirmed;
  if (kind === "deny") return desk.declined;
  if (kind === "flow") return `${desk.chose} ${desk.flows[name] ?? name}`;
  if (kind === "slot") {
    const chosen = name === "reason" ? (desk.slotReasons[value] ?? value) : value;
    return `${desk.chose} ${desk.slot[name] ?? name} ${chosen}`;
  }
  return `${desk.chose} ${value}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
