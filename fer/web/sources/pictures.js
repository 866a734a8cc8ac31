// Takes pictures of a window, a screen or a camera and sends a few JPEG files a second to the server.
// The next picture is only taken after the last one was answered, so that no queue builds up on a
// slow connection. A camera is shown as smooth video with the newest boxes over it. Of a shared
// window only the sent pictures are shown, because its video would show itself within itself.

const PERIOD_MS = { window: 500, camera: 250 };
const REFUSED = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
};
const ANSWER_MS = 5000; // an answer that takes longer counts as lost

// Browsers slow the timers of a hidden page down to one tick a minute, but not those of a worker.
// The page counts as hidden whenever the video call covers it.
function ticker(period, onTick) {
  const source = `setInterval(() => postMessage(0), ${period})`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = onTick;
  return () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
}

class Pictures {
  constructor(root, component) {
    this.root = root;
    this.start = root.querySelector(".start");
    this.stop = root.querySelector(".stop");
    this.says = root.querySelector(".status");
    this.view = root.querySelector(".view");
    this.drawn = root.querySelector(".drawn");
    this.canvas = document.createElement("canvas");
    this.number = 0;
    this.answered = 0;
    this.start.onclick = () => this.begin();
    this.stop.onclick = () => this.end("ended");
    this.status = "idle";
    this.update(component);
    this.start.textContent = this.words.start;
    this.stop.textContent = this.words.stop;
    this.drawn.setAttribute("aria-label", this.words.alt);
    const { getDisplayMedia, getUserMedia } = navigator.mediaDevices ?? {};
    if (!(this.capture === "camera" ? getUserMedia : getDisplayMedia)) {
      this.start.disabled = true;
      this.show("unsupported");
    } else if (component.data.begin) {
      this.begin();
    } else if (["asking", "sharing"].includes(component.data.status)) {
      // Whoever leaves the page and comes back before the server has run another one gets a new
      // component, while Python believes that the one before goes on.
      this.show("ended");
    }
  }

  // Called with the data that Python sends at every run of the script.
  update({ data, setStateValue, setTriggerValue }) {
    this.send = setTriggerValue;
    this.tell = setStateValue;
    this.words = data.words;
    this.capture = data.capture;
    this.size = data.size;
    this.longest = data.longest;
    this.quality = data.quality;
    this.answered = data.answered;
    this.faces = data.faces;
    if (this.stream) this.draw();
  }

  show(status) {
    this.status = status;
    this.says.textContent = this.words[status];
    const sharing = status === "sharing";
    this.start.hidden = sharing;
    this.stop.hidden = !sharing;
    this.view.hidden = !sharing;
    this.tell?.("status", status);
  }

  ask() {
    if (this.capture === "window") {
      const video = { frameRate: { ideal: 5, max: 10 } };
      return navigator.mediaDevices.getDisplayMedia({ video, audio: false });
    }
    const [width, height] = this.size;
    const video = { width: { ideal: width }, height: { ideal: height } };
    return navigator.mediaDevices.getUserMedia({ video, audio: false });
  }

  async begin() {
    if (this.status === "asking") return;
    this.show("asking");
    try {
      this.stream = await this.ask();
    } catch (error) {
      this.stream = null;
      this.show(REFUSED[error.name] ?? "failed");
      return;
    }
    // The page may have been left while the browser asked.
    if (!this.root.isConnected) {
      this.end(null);
      return;
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.end("ended"));
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = this.stream;
    if (this.capture === "camera") this.view.prepend(this.video);
    try {
      await this.video.play();
    } catch {
      if (this.stream) this.end("failed");
    }
    if (!this.stream) return;
    this.answered = this.number;
    this.stopTicking = ticker(PERIOD_MS[this.capture], () => this.tick());
    this.show("sharing");
    if (this.capture === "window") this.stop.focus();
  }

  end(status) {
    this.stopTicking?.();
    this.stopTicking = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video?.remove();
    this.video = null;
    if (status) this.show(status);
  }

  tick() {
    const now = performance.now();
    const waiting = this.answered < this.number && now - this.sentAt < ANSWER_MS;
    if (waiting || !this.video?.videoWidth) return;
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, this.longest / Math.max(videoWidth, videoHeight));
    this.canvas.width = Math.max(1, Math.round(videoWidth * scale));
    this.canvas.height = Math.max(1, Math.round(videoHeight * scale));
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    const jpeg = this.canvas.toDataURL("image/jpeg", this.quality).split(",")[1];
    this.number += 1;
    this.sentAt = now;
    this.send("picture", { number: this.number, jpeg });
    this.draw();
  }

  // Draws the newest boxes over the last picture or the video. [x, y, w, h] are parts of its size.
  draw() {
    const { drawn, canvas } = this;
    if (!canvas.width) return;
    drawn.width = canvas.width;
    drawn.height = canvas.height;
    const pen = drawn.getContext("2d");
    if (this.capture === "window") pen.drawImage(canvas, 0, 0);
    pen.font = `${Math.max(12, Math.round(drawn.width / 60))}px sans-serif`;
    pen.lineWidth = Math.max(2, drawn.width / 400);
    for (const { box, colour, label } of this.faces ?? []) {
      const [x, y, w, h] = box.map((part, i) => part * (i % 2 ? drawn.height : drawn.width));
      pen.strokeStyle = colour;
      pen.strokeRect(x, y, w, h);
      if (!label) continue;
      const size = parseInt(pen.font);
      pen.fillStyle = colour;
      pen.fillRect(x, y - size - 4, pen.measureText(label).width + 6, size + 4);
      pen.fillStyle = "#000";
      pen.fillText(label, x + 3, y - 4);
    }
  }
}

export default function (component) {
  const root = component.parentElement;
  root.pictures ??= new Pictures(root, component);
  root.pictures.update(component);
  return () =>
    // Streamlit may also call this for a run that a newer one has overtaken.
    setTimeout(() => {
      if (!root.isConnected) root.pictures.end(null);
    });
}
