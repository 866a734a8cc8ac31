// Watches the connection of the camera, and makes it again when it was lost.
//
// streamlit-webrtc shows the camera in a frame. It turns the camera off as soon as the browser
// calls its connection interrupted, which a server that is busy for some seconds already causes.
// Here an interruption may pass by itself. A camera that has played and that nobody stopped is
// wanted. When it is off, the button that starts it is pressed again. This waits until the page
// itself is connected to the server, for it makes the camera's connection.
//
// streamlit-webrtc would also show what browsers call an error. Here it says what to do about it.

const LOOK_EVERY_MS = 300;
const FIRST_WAIT_MS = 1000;
const MOST_TRIES = 8;
const SIGNALLING_MS = 20_000;
const TELL_FOR_MS = 30_000;

class Line {
  constructor(told) {
    this.state = "steady";
    this.told = told; // what Python knows: "steady", or what another one told before it left
    this.wanted = false; // the camera has played, and nobody has stopped it
    this.stopped = false; // somebody has stopped it, and its frame does not show this yet
    this.tries = 0;
    this.next = 0;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  look() {
    const inside = document.querySelector("iframe[title*=webrtc]")?.contentWindow;
    if (!inside?.document?.body) {
      this.state = "steady"; // the page shows another source
      this.wanted = false;
    } else if (inside.location.href !== "about:blank") {
      // Until then the frame is loading: its window stays, but what listens in its document goes.
      if (inside.line !== this) this.enter(inside);
      this.notice(inside);
      if (this.state === "reconnecting" && pageIsConnected()) this.start(inside);
      if (this.state === "reconnected" && Date.now() > this.tellUntil) this.state = "steady";
    }
    this.report();
  }

  report() {
    if (this.told === this.state || !pageIsConnected()) return;
    this.told = this.state;
    this.tell("line", this.state);
  }

  // Whether the camera is on is read from its frame, because not every loss comes with an event:
  // the camera may have been started before this was there, and its frame may be made anew.
  notice(inside) {
    if (button(inside, this.words.start)) {
      this.stopped = false;
      // A start that was refused. Right after the press, the button is still there.
      if (this.state === "starting" && Date.now() > this.next) this.state = "steady";
      if (this.wanted && this.state !== "reconnecting") this.lose();
    } else if (!this.stopped && button(inside, this.words.stop)) {
      this.wanted ||= inside.document.querySelector("video")?.readyState >= 2;
      if (this.wanted && this.state === "starting") this.state = "steady";
    }
  }

  lose() {
    // streamlit-webrtc turns the camera off now, and shows the button to start it soon after.
    this.next = Date.now() + FIRST_WAIT_MS;
    this.state = "reconnecting";
  }

  enter(inside) {
    const before = inside.line;
    inside.line = this;
    if (before) {
      // Streamlit has made this component anew, and the frame stayed.
      const { state, wanted, stopped, tries, next, tellUntil } = before;
      Object.assign(this, { state, wanted, stopped, tries, next, tellUntil });
      return;
    }
    inside.document.addEventListener("click", (event) => inside.line.clicked(event), true);
    explainRefusals(inside);
    hideInterruptions(inside.RTCPeerConnection.prototype);
    inside.RTCPeerConnection = class extends inside.RTCPeerConnection {
      constructor(...given) {
        super(...given);
        this.addEventListener("connectionstatechange", () => inside.line.changed(this));
      }
    };
  }

  clicked(event) {
    if (!event.isTrusted) return; // our own
    const pressed = event.target.closest?.("button")?.textContent.trim();
    if (pressed !== this.words.start && pressed !== this.words.stop) return;
    this.wanted = false; // until it plays: a camera that the browser refuses is not asked for again
    this.stopped = pressed === this.words.stop;
    this.tries = 0;
    this.next = Date.now() + FIRST_WAIT_MS;
    this.state = this.stopped ? "steady" : "starting";
    this.report();
  }

  changed(connection) {
    const state = connection.connectionState;
    if (state === "connected" && this.state === "reconnecting") {
      this.tries = 0;
      this.tellUntil = Date.now() + TELL_FOR_MS;
      this.state = "reconnected";
    } else if ((state === "failed" || state === "closed") && this.wanted) {
      this.lose();
    }
  }

  start(inside) {
    if (Date.now() < this.next) return;
    const stop = button(inside, this.words.stop);
    if (stop) {
      // An earlier try got no answer, for instance because the server did not hear of it.
      this.next = Date.now() + FIRST_WAIT_MS;
      stop.click();
      return;
    }
    const start = button(inside, this.words.start);
    if (!start) return;
    if (this.tries >= MOST_TRIES) {
      this.wanted = false;
      this.state = "lost";
      return;
    }
    this.tries += 1;
    this.next = Date.now() + SIGNALLING_MS;
    start.click();
  }
}

// Connections that were made before this was there are called interrupted no more, either.
function hideInterruptions(prototype) {
  let owner = prototype;
  while (!Object.hasOwn(owner, "connectionState")) owner = Object.getPrototypeOf(owner);
  const { get } = Object.getOwnPropertyDescriptor(owner, "connectionState");
  Object.defineProperty(owner, "connectionState", {
    get() {
      const state = get.call(this);
      return state === "disconnected" ? "connected" : state;
    },
  });
}

function explainRefusals(inside) {
  const refuse = (why) => {
    const { refusals } = inside.line.words;
    const [name, message] = refusals[why] ?? refusals.other;
    throw Object.assign(new inside.Error(message), { name }); // it shows "name: message"
  };
  const { navigator } = inside;
  if (!navigator.mediaDevices) {
    const none = { getUserMedia: async () => refuse("NotSecure"), enumerateDevices: async () => [] };
    const value = Object.assign(new inside.EventTarget(), none);
    Object.defineProperty(navigator, "mediaDevices", { value });
    return;
  }
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    try {
      return await ask(wishes);
    } catch (error) {
      // The camera chosen before is gone. streamlit-webrtc then asks for any other one.
      if (error.name === "OverconstrainedError" && wishes.video?.deviceId) throw error;
      return refuse(error.name);
    }
  };
}

function button(inside, text) {
  const all = [...inside.document.querySelectorAll("button:not(:disabled)")];
  return all.find((each) => each.textContent.trim() === text);
}

function pageIsConnected() {
  const page = document.querySelector("[data-testid=stApp]");
  return page?.getAttribute("data-test-connection-state") === "CONNECTED";
}

export default function ({ parentElement, data, setStateValue }) {
  const line = (parentElement.line ??= new Line(data.told));
  line.words = data.words;
  line.tell = setStateValue;
  return () =>
    // Streamlit may also call this for a run that a newer one has overtaken.
    setTimeout(() => {
      if (parentElement.isConnected) return;
      clearInterval(line.timer);
      delete parentElement.line;
    });
}
