// The buttons of the students' page that stay with the instructor: the pulse and the answers.
"use strict";

const SHOWN_S = 20; // a pressed button stays marked for this long
const PRESS_MS = 400; // a press so soon after another one does nothing: the server ends a flood

class Presses {
  #connection;
  #texts;
  #pressed = -Infinity; // when a button of the pulse was pressed
  #unmark = 0; // the timer that unmarks what was pressed
  #question = null; // the id of the question that is shown

  constructor(connection, texts) {
    this.#connection = connection;
    this.#texts = texts;
    for (const button of document.querySelectorAll("[data-pulse]")) {
      button.onclick = () => this.#press(button);
    }
  }

  #press(button) {
    if (performance.now() - this.#pressed < PRESS_MS) return;
    this.#pressed = performance.now();
    const said = document.getElementById("pulsed");
    const unmark = (text) => {
      clearTimeout(this.#unmark);
      mark("[data-pulse]", null);
      said.textContent = text;
    };
    clearTimeout(this.#unmark);
    mark("[data-pulse]", button);
    said.textContent = this.#texts.pressWaits;
    const onSent = () => {
      said.textContent = ""; // the server says who will see it
      clearTimeout(this.#unmark);
      this.#unmark = setTimeout(unmark, 1000 * SHOWN_S, "");
    };
    const message = { type: "pulse", pulse: button.dataset.pulse };
    this.#connection.deliver(message, onSent, () => unmark(this.#texts.pressLost));
  }

  // Shows a question, or none, and what was answered to it before a reload of the page.
  ask(question, answered) {
    if (this.#question === (question?.id ?? null)) return;
    this.#question = question?.id ?? null;
    this.#connection.dropLate("answer"); // it was one to the question before
    const said = document.getElementById("answered");
    document.getElementById("question").hidden = !question;
    said.textContent = "";
    if (!question) return;
    document.getElementById("question-text").textContent = question.text;
    const buttons = question.answers.map(({ key: answer, text }) => {
      const button = document.createElement("button");
      button.textContent = text;
      button.dataset.answer = answer;
      button.setAttribute("aria-pressed", "false");
      button.onclick = () => {
        if (button.getAttribute("aria-pressed") === "true") return; // the first answer counts
        markAnswer(answer);
        said.textContent = this.#texts.pressWaits;
        const message = { type: "answer", question: question.id, answer };
        this.#connection.deliver(message, () => (said.textContent = ""), () => {
          markAnswer(null);
          said.textContent = this.#texts.pressLost;
        });
      };
      return button;
    });
    document.getElementById("answers").replaceChildren(...buttons);
    this.answered(answered);
  }

  // Shows the answer that counts, if it is one to the question that is open.
  answered(given) {
    if (this.#question === null || given?.question !== this.#question) return;
    document.getElementById("answered").textContent = this.#texts.answered;
    markAnswer(given.answer);
  }
}

function markAnswer(answer) {
  for (const button of document.getElementById("answers").children) {
    const chosen = button.dataset.answer === answer;
    button.setAttribute("aria-pressed", String(chosen));
    button.disabled = answer !== null && !chosen;
  }
}

function mark(all, one) {
  for (const button of document.querySelectorAll(all)) {
    button.setAttribute("aria-pressed", String(button === one));
  }
}
