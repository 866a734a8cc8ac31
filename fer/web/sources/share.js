// Takes a window or screen with getDisplayMedia and hands about two JPEG pictures a second to the
// page's process. The next picture is taken only once the last one was answered, so no
// queue builds up on a slow line.

const PERIOD_MS = 500;
const ANSWER_MS = 5000; // an answer that takes longer counts as lost
const WORDS = {
  idle: "",
  asking: "Choose what to share in the browser's dialogue.",
  sharing: "Sharing. The picture is read and forgotten.",
  ended: "Sharing ended.",
  denied: "Nothing is shared: the browser's dialogue was closed or sharing is not allowed.",
  failed: "The browser could not take a picture of that window. Choose another one.",
  unsupported:
    "Screen sharing is not supported here. It needs a desktop browser, and HTTPS or localhost.",
};

// Browsers slow the timers of a hidden page down to one tick a minute, but not those of a worker.
// The page is hidden whenever the video call covers it.
function ticker(onTick) {
  const source = `setInterval(() => postMessage(0), ${PERIOD_MS})`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = onTick;
  return () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
}

class Share {
  constructor(root, component) {
    this.root = root;
    this.start = root.querySelector(".start");
    this.stop = root.querySelector(".stop");
    this.words = root.querySelector(".status");
    this.preview = root.querySelector(".preview");
    this.canvas = document.createElement("canvas");
    this.number = 0;
    this.answered = 0;
    this.start.onclick = () => this.begin();
    this.stop.onclick = () => this.end("ended");
    this.status = "idle";
    this.update(component);
    if (!navigator.mediaDevices?.getDisplayMedia) {
      this.start.disabled = true;
      this.show("unsupported");
    }
  }

  // Called at every run of the script with the data that Python sends.
  update({ data, setStateValue, setTriggerValue }) {
    this.send = setTriggerValue;
    this.tell = setStateValue;
    this.longest = data.longest;
    this.quality = data.quality;
    this.answered = data.answered;
    this.faces = data.faces;
    if (this.stream) this.draw();
  }

  show(status) {
    this.status = status;
    this.words.textContent = WORDS[status];
    const sharing = status === "sharing";
    this.start.hidden = sharing;
    this.stop.hidden = !sharing;
    this.preview.hidden = !sharing;
    this.tell?.("status", status);
  }

  async begin() {
    if (this.status === "asking") return;
    this.show("asking");
    try {
      this.stream = await navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { ideal: 5, max: 10 } },
        audio: false,
      });
    } catch (error) {
      this.stream = null;
      this.show(error.name === "NotAllowedError" ? "denied" : "failed");
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
    this.video.srcObject = this.stream;
    await this.video.play();
    if (!this.stream) return;
    this.answered = this.number;
    this.stopTicking = ticker(() => this.tick());
    this.show("sharing");
    this.stop.focus();
  }

  end(status) {
    this.stopTicking?.();
    this.stopTicking = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
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

  // Draws the last picture with the newest boxes; [x, y, w, h] are shares of its size.
  draw() {
    const { preview, canvas } = this;
    if (!canvas.width) return;
    preview.width = canvas.width;
    preview.height = canvas.height;
    const pen = preview.getContext("2d");
    pen.drawImage(canvas, 0, 0);
    pen.font = `${Math.max(12, Math.round(preview.width / 60))}px sans-serif`;
    pen.lineWidth = Math.max(2, preview.width / 400);
    for (const { box, colour, label } of this.faces ?? []) {
      const [x, y, w, h] = box.map((part, i) => part * (i % 2 ? preview.height : preview.width));
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
  root.share ??= new Share(root, component);
  root.share.update(component);
  return () =>
    // Streamlit may also call this for a run that a newer one has overtaken.
    setTimeout(() => {
      if (!root.isConnected) root.share.end(null);
    });
}
