// The students' page, from consent to goodbye. The camera's picture (camera.js) is read on this
// device (on_device.js), and numbers are sent. A device that cannot do that sends small pictures.
// All of it goes over one web socket (connection.js), with what a student presses (presses.js).
// The server's side, with all messages, is in messages.py and socket.py beside this file.
"use strict";

const facts = JSON.parse(document.getElementById("facts").textContent);
const texts = facts.texts;
const SILENT_S = 10; // after so long without a reading in the background, the page says so
const NUMBERS_MS = 980; // between two readings that are sent; clocks are a little uneven

const part = (id) => document.getElementById(id);
const key = `class ${facts.code}`;

// What outlasts a reload of the page, within this tab: the ticket and what the student chose.
let storage = null; // a browser that blocks all cookies has none
try {
  storage = sessionStorage;
} catch {}
let kept = JSON.parse(storage?.getItem(key) || "null");
let consent = null; // what a student agreed to of whom the server may not have heard yet
let sharing = false;
let turn = 0; // counts what was asked of the camera, so that what is late is dropped
let pictures = 0; // the timer that sends pictures
let device = null; // what reads on this device, if it can
let choosing = null; // a promise that ends when it is known whether this device can read
let rejoins = false; // whether the student leaves to join again with the camera
let numbersAt = -Infinity; // when the last reading was sent
let sentPictures = 0;
let connection, camera, presses; // there is none of them on the page that asks for a code

const usesCamera = () => ["device", "pictures"].includes(kept?.camera);

function keep(changes) {
  kept = { ...kept, ...changes };
  storage?.setItem(key, JSON.stringify(kept));
}

function forget() {
  connection.dropLate();
  presses.ask(null); // whoever joins again may answer again
  kept = consent = null;
  storage?.removeItem(key);
}

// --- what is on the page ----------------------------------------------------------------------

function show(step, focus = true) {
  for (const id of ["ask", "pick", "class", "over"]) part(id).hidden = id !== step;
  const preview = part(`${step}-preview`);
  if (preview) preview.append(part("camera"));
  if (focus) part("heading").focus();
  scrollTo(0, 0);
}

function complain(text) {
  part("problem").textContent = text || "";
  part("problem").hidden = !text;
}

function draw() {
  const uses = usesCamera();
  const focused = document.activeElement;
  const isOn = kept?.camera === "device" ? texts.reading : texts.sharing;
  part("status").textContent = sharing ? isOn : uses ? texts.paused : texts.without;
  part("status").classList.toggle("on", sharing);
  part("class-preview").hidden = !sharing;
  part("pause").hidden = !sharing;
  part("go-on").hidden = sharing || !uses;
  part("add-camera").hidden = uses || !facts.pictures;
  if (part("withdraw")) part("withdraw").hidden = !kept?.individual || kept.withdrawing;
  if (!sharing) part("reading").textContent = "";
  // Whoever uses a keyboard stays where they are when the button that they pressed goes.
  if (focused?.hidden) (sharing ? part("pause") : part(uses ? "go-on" : "heading")).focus();
  drawSent();
}

// Shows what has left this device. Only `sendPicture` sends pictures.
function drawSent() {
  const { sent } = connection;
  const size = sent < 1e6 ? `${(sent / 1000).toFixed(1)} kB` : `${(sent / 1e6).toFixed(1)} MB`;
  const words = sentPictures ? texts.sentPictures : texts.sent;
  part("sent").textContent = words.replace("{size}", size).replace("{pictures}", sentPictures);
}

function say(text) {
  if (part("connection").textContent !== text) part("connection").textContent = text;
}

// --- the camera -------------------------------------------------------------------------------

async function listCameras(current) {
  const options = (await camera.all()).map((device, index) => {
    const name = device.label || texts.camera.replace("{number}", index + 1);
    return new Option(name, device.deviceId, false, device.deviceId === current);
  });
  part("cameras").replaceChildren(...options);
}

async function pick(device) {
  complain();
  try {
    const current = await camera.open(device);
    await listCameras(current);
    // Meanwhile the student may have joined without a camera.
    if (camera.isOpen && part("pick").hidden) show("pick");
  } catch (error) {
    if (error.message !== "late") complain(texts[error.message]);
  }
}

function cameraEnded() {
  if (sharing) pause();
  else camera.close();
  complain(texts.ended);
}

async function sendPicture() {
  // On a slow network fewer pictures are sent, not older ones.
  if (kept?.camera !== "pictures" || !sharing || !connection.idle) return;
  const bytes = await camera.picture();
  if (!bytes || !sharing || !connection.sendData(bytes)) return;
  sentPictures += 1;
  drawSent();
}

function setRate(perSecond) {
  clearInterval(pictures);
  pictures = setInterval(sendPicture, 1000 / perSecond);
}

// --- reading on this device -------------------------------------------------------------------

// Finds out whether this device can read, and says which way is used, before the student agrees.
function choose() {
  if (!facts.pictures) return Promise.resolve();
  choosing ??= DeviceReader.open(facts.device).then(
    (reader) => {
      device = reader;
      device.onReading = takeReading;
      device.onFailure = loseReader;
      tellWay("device", texts.onDevice);
    },
    (error) => tellWay("pictures", `${texts.byPictures} ${texts[error.message]}`),
  );
  return choosing;
}

function tellWay(way, words) {
  part("way").textContent = words;
  for (const list of document.querySelectorAll("[data-way]")) {
    list.hidden = list.dataset.way !== way;
  }
  part("agree").disabled = false;
}

function takeReading({ reading: face, emotion, t }) {
  if (!sharing) return;
  part("reading").textContent = reading({ state: face ? face.state : "none", emotion });
  if (performance.now() - numbersAt < NUMBERS_MS) return;
  numbersAt = performance.now();
  const message = { type: "reading", faces: face ? 1 : 0, t: Math.round(1000 * t) };
  if (face) message.state = face.state;
  if (face?.probabilities) message.p = face.probabilities.map((p) => Number(p.toFixed(4)));
  connection.send(message);
}

// The reader has failed. The student did not agree to pictures, so none are sent instead. Who was
// about to join is asked anew.
function loseReader() {
  device?.close();
  device = null;
  choosing = Promise.resolve();
  tellWay("pictures", `${texts.byPictures} ${texts.failed}`);
  if (part("class").hidden) {
    camera.close();
    if (!part("pick").hidden) askAgain();
  } else if (kept.camera === "device") {
    if (sharing) pause();
    complain(texts.readerLost);
  }
}

// --- the connection ---------------------------------------------------------------------------

function hello() {
  return kept?.ticket ? { type: "resume", ticket: kept.ticket } : { type: "join", ...consent };
}

function tellState(state) {
  if (state === "alive") {
    consent = null;
    if (part("connection").textContent === texts.offline) say("");
    return;
  }
  if (state === "lost") part("reading").textContent = "";
  const lost = navigator.onLine ? texts.reconnecting : texts.offline;
  say({ connecting: texts.connecting, lost, closed: "" }[state]);
}

function hear(message) {
  if (message.type === "welcome") {
    if (message.ticket) keep({ ticket: message.ticket });
    // The server forgets a new ticket if it hears nothing before the connection ends.
    if (consent) connection.send({ type: "here" });
    if (kept.leaving) return leave();
    keep({ individual: message.individual });
    say("");
    draw();
    // Perhaps it was pressed without a connection.
    if (usesCamera() && !sharing) connection.send({ type: "pause" });
    if (kept.withdrawing) withdraw();
    sendPicture();
  } else if (message.type === "rate") setRate(message.rate);
  else if (message.type === "reading" && sharing) part("reading").textContent = reading(message);
  else if (message.type === "question") presses.ask(message.question, kept?.answered);
  else if (message.type === "pressed") {
    part("pulsed").textContent = message.shown ? texts.pulsed : texts.pulseEarly;
  } else if (message.type === "answered") {
    keep({ answered: { question: message.question, answer: message.answer } });
    presses.answered(kept.answered);
  } else if (message.type === "withdrawn") {
    keep({ individual: false, withdrawing: false });
    say(texts.withdrawn);
  } else if (message.type === "left") hasLeft();
  else if (message.type === "refused") refused(message);
}

function refused({ reason, text, wait_s: wait }) {
  if (reason === "wait") return waitForTurn(wait);
  if (reason === "not-admitted" && kept.leaving) return hasLeft(); // only the answer was lost
  // The connection broke before the server heard that the ticket had come, so it deleted the ticket.
  if (reason === "not-admitted" && consent) return keep({ ticket: null }), connection.open();
  connection.close();
  stopSharing();
  forget();
  if (["full", "not-admitted", "no-room"].includes(reason)) {
    askAgain();
    complain(text);
  } else finish(text, !["over", "wrong-code"].includes(reason));
}

// Too many codes were tried from this network. The student has agreed already, so the page tries
// again by itself; the random part keeps the students of a school from coming all at once.
function waitForTurn(seconds) {
  connection.pause(seconds + Math.random());
  say(texts.turn.replace("{seconds}", seconds));
}

function reading({ state, emotion }) {
  if (state === "none") return texts.noFace;
  if (state === "read") return texts.looks.replace("{emotion}", facts.emotions[emotion]);
  return state === "unsure" ? texts.unsure : texts.unread;
}

// --- what the student does ----------------------------------------------------------------------

function join(way) {
  turn += 1;
  complain();
  const individual = Boolean(way !== "none" && part("individual")?.checked);
  const nickname = individual ? part("nickname").value.trim() : "";
  consent = { camera: way, individual, nickname };
  keep({ camera: way, individual, device: part("cameras").value });
  sharing = usesCamera();
  if (sharing) beginReading();
  else camera.close();
  show("class");
  draw();
  connection.open();
}

function beginReading() {
  part("reading").textContent = texts.waiting;
  if (kept.camera === "device") device.watch(part("video"));
}

function stopSharing() {
  turn += 1;
  sharing = false;
  device?.stop();
  camera.close();
}

function pause() {
  connection.send({ type: "pause" });
  stopSharing();
  keep({ paused: true });
  draw();
}

async function goOn() {
  complain();
  const mine = ++turn;
  if (kept.camera === "device") await choose();
  if (mine !== turn) return; // the student has left meanwhile, or has joined in another way
  if (kept.camera === "device" && !device) return loseReader();
  try {
    await camera.open(kept.device);
  } catch (error) {
    if (error.message !== "late") complain(texts[error.message]);
    return;
  }
  sharing = true;
  keep({ paused: false });
  beginReading();
  draw();
}

// What the server does about it, it confirms. Until then the wish is kept, and sent again whenever
// the page is connected.
function withdraw() {
  keep({ withdrawing: true });
  draw();
  say(texts.withdrawing);
  connection.send({ type: "withdraw" });
}

// The server confirms this, too, once nothing is left. It forgets by itself whoever has no ticket yet.
function leave() {
  stopSharing();
  if (!kept.ticket) return hasLeft();
  keep({ leaving: true });
  if (!rejoins) finish(texts.leaving, false);
  connection.send({ type: "leave" });
}

function hasLeft() {
  forget();
  connection.close();
  if (rejoins) askAgain();
  else finish(texts.left);
}

function askAgain() {
  rejoins = false;
  complain();
  show("ask");
  choose();
}

function finish(text, again = true) {
  complain();
  part("over-text").textContent = text;
  part("again").hidden = !again;
  show("over");
}

// --- start --------------------------------------------------------------------------------------

function start() {
  dropSecondTaps();
  camera = new Camera(part("video"));
  camera.onEnded = cameraEnded;
  connection = new Connection(facts.socket);
  Object.assign(connection, { hello, onMessage: hear, onState: tellState, onSent: drawSent });
  presses = new Presses(connection, texts);
  part("agree")?.addEventListener("click", () => pick());
  part("without").onclick = part("pick-without").onclick = () => join("none");
  part("cameras").onchange = () => pick(part("cameras").value);
  part("share").onclick = () => {
    if (!camera.isOpen) pick(part("cameras").value);
    else join(device ? "device" : "pictures");
  };
  part("pause").onclick = pause;
  part("go-on").onclick = goOn;
  part("leave").onclick = () => ((rejoins = false), leave());
  part("withdraw")?.addEventListener("click", withdraw);
  part("again").onclick = askAgain;
  part("add-camera").onclick = () => {
    if (!connection.ready) return say(texts.reconnecting);
    rejoins = true;
    leave();
  };
  part("individual")?.addEventListener("change", (event) => {
    part("nickname-field").hidden = !event.target.checked;
  });
  addEventListener("online", () => connection.check());
  addEventListener("offline", () => connection.wanted && say(texts.offline));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    connection.check();
    const silent = performance.now() - numbersAt > 1000 * SILENT_S;
    if (!sharing || kept.camera !== "device" || !silent) return;
    say(texts.wasHidden);
    setTimeout(() => part("connection").textContent === texts.wasHidden && say(""), 1000 * SHOWN_S);
  });
  if (!kept?.ticket) {
    show("ask", false);
    choose();
    return;
  }
  connection.open();
  if (kept.leaving) return finish(texts.leaving, false);
  show("class", false);
  draw();
  if (usesCamera() && !kept.paused) goOn();
}

if (part("ask")) start();
