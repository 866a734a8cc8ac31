// The web socket of the students' page. It connects again by itself until the page hangs up.
"use strict";

const LONGEST_WAIT_S = 30; // longest wait between two attempts to connect
const ANSWER_S = 5; // a connection that stays silent for this long after a question is dead
const LATE_S = 20; // what is not confirmed for this long is given up
const CONFIRMS = { pressed: "pulse", answered: "answer" }; // the answers to what was pressed

class Connection {
  #address;
  #socket = null;
  #wanted = false; // whether a connection should be open
  #attempts = 0;
  #retry = 0; // the timer of the next attempt
  #late = new Map(); // what was pressed and is not confirmed yet, by the message's type
  sent = 0; // bytes sent since the page was opened

  // What the page does about it. `hello` returns the first message of a connection.
  hello = () => ({});
  onMessage = () => {};
  onState = () => {}; // "connecting", "lost", "alive", "closed"
  onSent = () => {};

  constructor(address) {
    this.#address = new URL(address, location.href);
    this.#address.protocol = this.#address.protocol.replace("http", "ws");
  }

  get wanted() {
    return this.#wanted;
  }

  // Whether a message can be sent. The server has welcomed the student then.
  get ready() {
    return this.#socket?.readyState === WebSocket.OPEN && this.#socket.welcomed;
  }

  // Whether all that was sent has gone out, so that a picture would not wait behind an older one.
  get idle() {
    return this.ready && this.#socket.bufferedAmount === 0;
  }

  open() {
    clearTimeout(this.#retry);
    this.#wanted = true;
    // Two connections that both join would be two students.
    this.#socket?.close();
    const mine = new WebSocket(this.#address);
    this.#socket = mine;
    if (this.#attempts === 0) this.onState("connecting");
    mine.onopen = () => this.#post(mine, JSON.stringify(this.hello()));
    mine.onmessage = (event) => mine === this.#socket && this.#hear(JSON.parse(event.data));
    mine.onclose = () => mine === this.#socket && this.#wanted && this.#openAgain();
  }

  #hear(message) {
    clearTimeout(this.#socket.answer);
    if (message.type === "here") return this.onState("alive");
    if (message.type === "welcome") {
      this.#attempts = 0;
      this.#socket.welcomed = true;
    }
    this.dropLate(CONFIRMS[message.type]);
    this.onMessage(message);
    if (message.type !== "welcome") return;
    for (const late of this.#late.values()) if (this.send(late.message)) late.onSent();
  }

  #openAgain() {
    this.onState("lost");
    // When a server has restarted, the random part keeps its students from connecting all at once.
    const wait = Math.min(LONGEST_WAIT_S, 2 ** this.#attempts) * (0.5 + Math.random() / 2);
    this.#attempts += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), 1000 * wait);
  }

  close() {
    this.#wanted = false;
    this.#attempts = 0;
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = null;
    this.onState("closed");
  }

  // Close, and open again after some seconds.
  pause(seconds) {
    this.close();
    this.#wanted = true;
    this.#retry = setTimeout(() => this.open(), 1000 * seconds);
  }

  // After sleep or a change of network a connection may look open although it is dead.
  check() {
    if (!this.#wanted) return;
    this.#attempts = 0;
    const mine = this.#socket;
    if (!mine || mine.readyState === WebSocket.CONNECTING) return; // it waits or connects
    if (mine.readyState !== WebSocket.OPEN) return this.open();
    this.send({ type: "here" }); // before the welcome nothing is sent: the welcome is the answer
    clearTimeout(mine.answer);
    mine.answer = setTimeout(() => mine === this.#socket && this.open(), 1000 * ANSWER_S);
  }

  // Returns whether the message could be sent.
  send(message) {
    return this.sendData(JSON.stringify(message));
  }

  // The same for a text or an ArrayBuffer.
  sendData(data) {
    if (!this.ready) return false;
    this.#post(this.#socket, data);
    return true;
  }

  #post(socket, data) {
    socket.send(data);
    this.sent += typeof data === "string" ? new TextEncoder().encode(data).length : data.byteLength;
    this.onSent();
  }

  // Sends what was pressed, now or as soon as there is a connection, and again over each new one until
  // the server confirms it: a connection that is dead takes it, too. The newest press of its type
  // counts, and after LATE_S it is given up, because it says how things were when it was pressed.
  deliver(message, onSent, onGivenUp) {
    const { type } = message;
    this.dropLate(type);
    const giveUp = () => (this.#late.delete(type), onGivenUp());
    this.#late.set(type, { message, onSent, timer: setTimeout(giveUp, 1000 * LATE_S) });
    if (this.send(message)) onSent();
  }

  // Forget what was pressed, of one type or all.
  dropLate(...types) {
    for (const type of types.length ? types : [...this.#late.keys()]) {
      clearTimeout(this.#late.get(type)?.timer);
      this.#late.delete(type);
    }
  }
}
