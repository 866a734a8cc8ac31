// The students' page: consent, camera, pulse, questions, and one web socket for all of it. The
// camera's picture is read on this device (on_device.js), and numbers are sent. A device that
// cannot do that sends small pictures.
// The server's side, with all messages, is in messages.py and socket.py beside this file.
"use strict";

const facts = JSON.parse(document.getElementById("facts").textContent);
const texts = facts.texts;
const LONG = 320, SHORT = 240; // px of a picture's sides at the most
const QUALITY = 0.8; // JPEG quality of a picture
const LONGEST_WAIT_S = 30; // longest wait between two attempts to connect
const ANSWER_S = 5; // a connection that stays silent for this long after a question is dead
const SHOWN_S = 20; // a pressed button stays marked for this long
const SILENT_S = 10; // after so long without a reading in the background, the page says so
const NUMBERS_MS = 980; // between two readings that are sent; clocks are a little uneven

const part = (id) => document.getElementById(id);
const key = `class ${facts.code}`;

// What outlasts a reload of the page, within this tab: the ticket and what the student chose.
let kept = JSON.parse(sessionStorage.getItem(key) || "null");
let consent = null; // what a student agreed to who has no ticket yet
let socket = null;
let attempts = 0;
let retry = 0;
let wanted = false; // whether a connection should be open
let sharing = false;
let stream = null;
let turn = 0; // counts the requests for a camera, so that a late answer is dropped
let rate = 1; // pictures a second
let pictures = 0; // the timer that sends them
let device = null; // what reads on this device, if it can
let choosing = null; // a promise that ends when it is known whether this device can read
let numbersAt = -Infinity; // when the last reading was sent
let sent = 0; // bytes sent since the page was opened
let sentPictures = 0;
const late = new Map(); // what was pressed without a connection, by the message's type

const usesCamera = () => ["device", "pictures"].includes(kept?.camera);

function keep(changes) {
  kept = { ...kept, ...changes };
  sessionStorage.setItem(key, JSON.stringify(kept));
}

function forget() {
  for (const { timer } of late.values()) clearTimeout(timer);
  late.clear();
  kept = null;
  sessionStorage.removeItem(key);
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
  const camera = usesCamera();
  const focused = document.activeElement;
  const isOn = kept?.camera === "device" ? texts.reading : texts.sharing;
  part("status").textContent = sharing ? isOn : camera ? texts.paused : texts.without;
  part("status").classList.toggle("on", sharing);
  part("class-preview").hidden = !sharing;
  part("pause").hidden = !sharing;
  part("go-on").hidden = sharing || !camera;
  part("add-camera").hidden = camera || !facts.pictures;
  if (part("withdraw")) part("withdraw").hidden = !kept?.individual || kept.withdrawing;
  if (!sharing) part("reading").textContent = "";
  // Whoever uses a keyboard stays where they are when the button that they pressed goes.
  if (focused?.hidden) (sharing ? part("pause") : part(camera ? "go-on" : "heading")).focus();
  drawSent();
}

// Shows what has left this device. Only `sendPicture` sends pictures.
function drawSent() {
  const size = sent < 1e6 ? `${(sent / 1000).toFixed(1)} kB` : `${(sent / 1e6).toFixed(1)} MB`;
  const words = sentPictures ? texts.sentPictures : texts.sent;
  part("sent").textContent = words.replace("{size}", size).replace("{pictures}", sentPictures);
}

function say(text) {
  if (part("connection").textContent !== text) part("connection").textContent = text;
}

// --- the camera -------------------------------------------------------------------------------

async function openCamera(device) {
  closeCamera();
  const mine = turn;
  if (!isSecureContext) throw new Error("notSecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("unsupported");
  const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15 } };
  const which = device ? { deviceId: { exact: device } } : { facingMode: "user" };
  let opened;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...which } });
  } catch (error) {
    if (device && error.name === "OverconstrainedError") return openCamera(); // it was unplugged
    const denied = ["NotAllowedError", "SecurityError"].includes(error.name);
    const missing = ["NotFoundError", "OverconstrainedError"].includes(error.name);
    throw new Error(denied ? "denied" : missing ? "missing" : "busy");
  }
  if (mine !== turn) {
    opened.getTracks().forEach((track) => track.stop());
    throw new Error("late");
  }
  stream = opened;
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", () => {
    if (stream !== opened) return;
    if (sharing) pause();
    else closeCamera();
    complain(texts.ended);
  });
  part("camera").hidden = false;
  part("video").srcObject = stream;
  part("video").play().catch(() => {}); // a browser that waits for a tap shows a play button
  return track.getSettings().deviceId;
}

function closeCamera() {
  turn += 1;
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  part("video").srcObject = null;
  part("camera").hidden = true;
}

async function listCameras(current) {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const cameras = devices.filter((device) => device.kind === "videoinput");
  const options = cameras.map((device, index) => {
    const name = device.label || texts.camera.replace("{number}", index + 1);
    return new Option(name, device.deviceId, false, device.deviceId === current);
  });
  part("cameras").replaceChildren(...options);
}

async function pick(device) {
  complain();
  try {
    const current = await openCamera(device);
    await listCameras(current);
    if (part("pick").hidden) show("pick");
  } catch (error) {
    if (error.message !== "late") complain(texts[error.message]);
  }
}

function sendPicture() {
  if (kept?.camera !== "pictures") return;
  const video = part("video");
  const { videoWidth: width, videoHeight: height } = video;
  // On a slow network fewer pictures are sent, not older ones.
  if (!sharing || !width || !ready() || socket.bufferedAmount > 0) return;
  const [across, down] = width < height ? [SHORT, LONG] : [LONG, SHORT];
  const scale = Math.min(across / width, down / height, 1);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(postPicture, "image/jpeg", QUALITY);
}

async function postPicture(blob) {
  // Chromium shows a buffer in its network view, but not a blob.
  const bytes = await blob?.arrayBuffer();
  if (!bytes || !sharing || !ready()) return;
  socket.send(bytes);
  sentPictures += 1;
  count(bytes.byteLength);
}

function setRate(perSecond) {
  rate = perSecond;
  clearInterval(pictures);
  pictures = setInterval(sendPicture, 1000 / rate);
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
  send(message);
}

// The reader has failed. The student did not agree to pictures, so none are sent instead.
function loseReader() {
  device = null;
  choosing = Promise.resolve();
  tellWay("pictures", `${texts.byPictures} ${texts.failed}`);
  if (kept?.camera !== "device") return;
  if (sharing) pause();
  complain(texts.readerLost);
}

// --- the connection ---------------------------------------------------------------------------

const ready = () => socket?.readyState === WebSocket.OPEN && socket.welcomed;

function send(message) {
  if (!ready()) return false;
  post(socket, message);
  return true;
}

function post(connection, message) {
  const text = JSON.stringify(message);
  connection.send(text);
  count(new TextEncoder().encode(text).length);
}

function count(bytes) {
  sent += bytes;
  drawSent();
}

// Sends what was pressed, now or as soon as there is a connection. The newest press of its type
// counts, and after SHOWN_S it is given up, because it says how things were when it was pressed.
function deliver(message, onSent, onGivenUp) {
  const { type } = message;
  clearTimeout(late.get(type)?.timer);
  late.delete(type);
  if (send(message)) return onSent();
  const giveUp = () => (late.delete(type), onGivenUp());
  late.set(type, { message, onSent, onGivenUp, timer: setTimeout(giveUp, 1000 * SHOWN_S) });
}

function connect() {
  clearTimeout(retry);
  wanted = true;
  const address = new URL(facts.socket, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const mine = new WebSocket(address);
  socket = mine;
  if (attempts === 0) say(texts.connecting);
  mine.onopen = () => {
    const hello = kept?.ticket
      ? { type: "resume", ticket: kept.ticket }
      : { type: "join", ...consent };
    post(mine, hello);
  };
  mine.onmessage = (event) => mine === socket && hear(JSON.parse(event.data));
  mine.onclose = () => mine === socket && wanted && reconnect();
}

function reconnect() {
  say(navigator.onLine ? texts.reconnecting : texts.offline);
  part("reading").textContent = "";
  // When a server has restarted, the random part keeps its students from connecting all at once.
  const wait = Math.min(LONGEST_WAIT_S, 2 ** attempts) * (0.5 + Math.random() / 2);
  attempts += 1;
  clearTimeout(retry);
  retry = setTimeout(connect, 1000 * wait);
}

function disconnect() {
  wanted = false;
  attempts = 0;
  clearTimeout(retry);
  socket?.close();
  socket = null;
  say("");
}

// After sleep or a change of network a connection may look open although it is dead.
function checkConnection() {
  if (!wanted) return;
  attempts = 0;
  if (!socket || socket.readyState === WebSocket.CONNECTING) return; // it waits or connects
  const mine = socket;
  if (!send({ type: "here" })) {
    connect();
    return;
  }
  mine.answer = setTimeout(() => {
    if (mine !== socket) return;
    mine.close();
    connect();
  }, 1000 * ANSWER_S);
}

function hear(message) {
  if (message.type === "welcome") {
    attempts = 0;
    socket.welcomed = true;
    if (message.ticket) keep({ ticket: message.ticket });
    if (kept.leaving) return leave();
    keep({ individual: message.individual });
    consent = null;
    say("");
    draw();
    if (usesCamera() && !sharing) send({ type: "pause" }); // perhaps pressed without a connection
    if (kept.withdrawing) withdraw();
    for (const { message: pressed, onSent, onGivenUp } of [...late.values()])
      deliver(pressed, onSent, onGivenUp);
    sendPicture();
  } else if (message.type === "here") clearTimeout(socket.answer);
  else if (message.type === "rate") setRate(message.rate);
  else if (message.type === "reading" && sharing) part("reading").textContent = reading(message);
  else if (message.type === "question") ask(message.question);
  else if (message.type === "pressed") {
    part("pulsed").textContent = message.shown ? texts.pulsed : texts.pulseEarly;
  } else if (message.type === "answered") part("answered").textContent = texts.answered;
  else if (message.type === "withdrawn") {
    keep({ individual: false, withdrawing: false });
    say(texts.withdrawn);
  } else if (message.type === "refused") refused(message);
}

function refused({ reason, text, wait_s: wait }) {
  if (reason === "wait") return waitForTurn(wait);
  disconnect();
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
  disconnect();
  wanted = true;
  say(texts.turn.replace("{seconds}", seconds));
  retry = setTimeout(connect, 1000 * (seconds + Math.random()));
}

function reading({ state, emotion }) {
  if (state === "none") return texts.noFace;
  if (state === "read") return texts.looks.replace("{emotion}", facts.emotions[emotion]);
  return state === "unsure" ? texts.unsure : texts.unread;
}

// --- what the student does ----------------------------------------------------------------------

function join(camera) {
  complain();
  const individual = Boolean(camera !== "none" && part("individual")?.checked);
  const nickname = individual ? part("nickname").value.trim() : "";
  consent = { camera, individual, nickname };
  keep({ camera, individual, device: part("cameras").value });
  sharing = usesCamera();
  if (sharing) beginReading();
  else closeCamera();
  show("class");
  draw();
  connect();
}

function beginReading() {
  part("reading").textContent = texts.waiting;
  if (kept.camera === "device") device.watch(part("video"));
}

function stopSharing() {
  sharing = false;
  device?.stop();
  closeCamera();
}

function pause() {
  send({ type: "pause" });
  stopSharing();
  keep({ paused: true });
  draw();
}

async function goOn() {
  complain();
  if (kept.camera === "device") await choose();
  if (!kept) return; // the student has left meanwhile
  if (kept.camera === "device" && !device) return loseReader();
  try {
    await openCamera(kept.device);
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
  send({ type: "withdraw" });
}

// Without a connection, the page goes on trying until it can tell the server.
function leave() {
  stopSharing();
  const told = send({ type: "leave" });
  if (!told && kept.ticket) {
    keep({ leaving: true });
    finish(texts.leaving, false);
    return;
  }
  forget();
  disconnect();
  finish(texts.left);
}

function askAgain() {
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

function press(button) {
  const unmark = (text) => {
    mark("[data-pulse]", null);
    part("pulsed").textContent = text;
  };
  clearTimeout(press.timer);
  mark("[data-pulse]", button);
  part("pulsed").textContent = texts.pressWaits;
  const onSent = () => {
    part("pulsed").textContent = ""; // the server says who will see it
    press.timer = setTimeout(unmark, 1000 * SHOWN_S, "");
  };
  deliver({ type: "pulse", pulse: button.dataset.pulse }, onSent, () => unmark(texts.pressLost));
}

function mark(all, one) {
  for (const button of document.querySelectorAll(all)) {
    button.setAttribute("aria-pressed", String(button === one));
  }
}

function ask(question) {
  if (ask.shown === (question?.id ?? null)) return;
  ask.shown = question?.id ?? null;
  part("question").hidden = !question;
  part("answered").textContent = "";
  if (!question) return;
  part("question-text").textContent = question.text;
  const markAnswer = (button) => {
    mark("#answers button", button);
    for (const other of buttons) other.disabled = button !== null && other !== button;
  };
  const buttons = question.answers.map(({ key: answer, text }) => {
    const button = document.createElement("button");
    button.textContent = text;
    button.setAttribute("aria-pressed", "false");
    button.onclick = () => {
      markAnswer(button);
      part("answered").textContent = texts.pressWaits;
      const message = { type: "answer", question: question.id, answer };
      deliver(message, () => (part("answered").textContent = ""), () => {
        markAnswer(null);
        part("answered").textContent = texts.pressLost;
      });
    };
    return button;
  });
  part("answers").replaceChildren(...buttons);
}
ask.shown = null;

// --- start ----------------------------------------------------------------------------------------

function start() {
  part("agree")?.addEventListener("click", () => pick());
  part("without").onclick = part("pick-without").onclick = () => join("none");
  part("cameras").onchange = () => pick(part("cameras").value);
  part("share").onclick = () => {
    if (!stream) pick(part("cameras").value);
    else join(device ? "device" : "pictures");
  };
  part("pause").onclick = pause;
  part("go-on").onclick = goOn;
  part("leave").onclick = leave;
  part("withdraw")?.addEventListener("click", withdraw);
  part("again").onclick = askAgain;
  part("add-camera").onclick = () => {
    if (!ready()) return say(texts.reconnecting);
    leave();
    askAgain();
  };
  part("individual")?.addEventListener("change", (event) => {
    part("nickname-field").hidden = !event.target.checked;
  });
  for (const button of document.querySelectorAll("[data-pulse]")) {
    button.onclick = () => press(button);
  }
  addEventListener("online", checkConnection);
  addEventListener("offline", () => wanted && say(texts.offline));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    checkConnection();
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
  connect();
  if (kept.leaving) return finish(texts.leaving, false);
  show("class", false);
  draw();
  if (usesCamera() && !kept.paused) goOn();
}

if (part("ask")) start();
