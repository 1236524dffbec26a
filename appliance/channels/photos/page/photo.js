// The page of a photo link: the token comes behind the "#" (or a code is typed), pictures go up one by one, then it is done.
// Only what the appliance says of the link itself is final: whatever else fails leaves the token, to try again with.
"use strict";

const API = "/api/photos/v1";
const PLAIN = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);
const LONGEST_EDGE = 2560;
const FINAL = new Set([404, 410]);
const byId = (id) => document.getElementById(id);
const word = (name) => document.querySelector(`[data-word="${name}"]`).textContent;
const rows = [];
let secret = "";
let terms = null;

function show(id) {
  for (const each of ["waiting", "ask", "away", "choose", "done", "gone"]) byId(each).hidden = each !== id;
  byId("trouble").textContent = "";
}

const trouble = (name) => { byId("trouble").textContent = word(name); };

async function ask(path, method) {
  const answer = await fetch(API + path, { method, headers: { Authorization: `Bearer ${secret}` } });
  return { status: answer.status, body: answer.ok ? await answer.json() : null };
}

async function look() {
  try {
    return await ask("/link", "GET");
  } catch {
    return { status: 0, body: null };
  }
}

function begin(body) {
  terms = body;
  secret = terms.token;
  byId("most").textContent = String(terms.most - terms.taken);
  byId("shop").textContent = terms.shop_name;
  byId("shop").hidden = false;
  byId("expires").textContent = new Date(terms.expires_at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  show("choose");
  byId("send").disabled = terms.taken === 0;
}

async function openTyped() {
  const { status, body } = await look();
  if (status === 200) return begin(body);
  trouble(FINAL.has(status) ? "wrong_code" : status === 429 ? "slow_down" : "away");
}

async function openLink() {
  show("waiting");
  const { status, body } = await look();
  if (status !== 200 && !FINAL.has(status)) {
    show("away");
    return trouble(status === 429 ? "slow_down" : "away");
  }
  history.replaceState(null, "", location.pathname);
  if (status === 200) begin(body);
  else show("gone");
}

async function fitting(file) {
  if (PLAIN.has(file.type) && file.size <= terms.most_bytes) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob((blob) => done(blob || file), "image/jpeg", 0.9));
  } catch {
    return file;
  }
}

function add(file) {
  const shown = byId("row").content.firstElementChild.cloneNode(true);
  const row = { file, shown, isSent: false };
  shown.querySelector("img").src = URL.createObjectURL(file);
  shown.querySelector(".state").textContent = word("waits");
  shown.querySelector(".drop").addEventListener("click", () => {
    rows.splice(rows.indexOf(row), 1);
    shown.remove();
    byId("send").disabled = rows.length === 0 && terms.taken === 0;
  });
  rows.push(row);
  byId("chosen").append(shown);
}

function upload(row, content) {
  return new Promise((done) => {
    const call = new XMLHttpRequest();
    call.open("POST", `${API}/pictures`);
    call.setRequestHeader("Authorization", `Bearer ${secret}`);
    call.setRequestHeader("Content-Type", content.type || "application/octet-stream");
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) row.shown.querySelector("progress").value = (100 * event.loaded) / event.total;
    });
    call.addEventListener("load", () => done(call.status));
    call.addEventListener("error", () => done(0));
    call.send(content);
  });
}

async function sendOne(row) {
  const state = row.shown.querySelector(".state");
  state.textContent = word("sends");
  const status = await upload(row, await fitting(row.file));
  row.isSent = status === 201;
  row.shown.querySelector(".drop").hidden = row.isSent;
  const words = { 201: "sent", 413: "too_large", 422: "no_picture", 429: "slow_down" };
  state.textContent = word(words[status] || "failed");
  return status;
}

async function sendAll() {
  byId("send").disabled = true;
  byId("files").disabled = true;
  byId("trouble").textContent = "";
  let isWhole = true;
  for (const row of rows.filter((each) => !each.isSent)) {
    const status = await sendOne(row);
    if (FINAL.has(status)) return show("gone");
    isWhole = isWhole && row.isSent;
  }
  byId("send").disabled = false;
  byId("files").disabled = false;
  if (!isWhole) return trouble("failed");
  try {
    const { status } = await ask("/done", "POST");
    if (status === 200) show("done");
    else if (FINAL.has(status)) show("gone");
    else trouble(status === 429 ? "slow_down" : "failed");
  } catch {
    trouble("away");
  }
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  secret = byId("code").value.replace(/\D/g, "");
  if (secret.length === 8) openTyped();
  else trouble("wrong_code");
});
byId("files").addEventListener("change", () => {
  const room = terms.most - terms.taken - rows.length;
  const chosen = [...byId("files").files];
  chosen.slice(0, Math.max(0, room)).forEach(add);
  byId("trouble").textContent = chosen.length > room ? word("too_many") : "";
  byId("files").value = "";
  byId("send").disabled = rows.length === 0 && terms.taken === 0;
});
byId("send").addEventListener("click", sendAll);
byId("again").addEventListener("click", openLink);

secret = location.hash.slice(1);
if (secret) openLink();
else show("ask");
