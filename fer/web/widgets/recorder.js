// Does two things beside the page's file uploader, whose key is `data.uploader`.
//
// It remembers the files that go into the uploader: the player (player.js) then plays them from
// this browser, however large they are, without fetching them back from the server.
//
// It records a clip and puts it into the uploader, as if it had been chosen from disk: the uploader
// sends it in binary and shows its progress.

const recorders = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!recorders.has(root)) recorders.set(root, new Recorder(root));
  const recorder = recorders.get(root);
  recorder.update(component.data);
  return () =>
    // Streamlit may also call this for a run that a newer one has overtaken.
    setTimeout(() => {
      if (root.isConnected) return;
      recorder.leave();
      recorders.delete(root);
    });
}

class Recorder {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.find(".video").addEventListener("click", () => this.start(true));
    this.find(".voice").addEventListener("click", () => this.start(false));
    this.find(".stop").addEventListener("click", () => this.end(true));
    this.find(".discard").addEventListener("click", () => this.end(false));
    this.remember = (event) => {
      if (!event.target.closest?.(this.uploader)) return;
      keep(event.dataTransfer?.files ?? event.target.files ?? []);
    };
    document.addEventListener("change", this.remember, true);
    document.addEventListener("drop", this.remember, true);
  }

  update(data) {
    this.uploader = `.st-key-${data.uploader}`;
    // These files were chosen while this component was still loading.
    keep(this.input()?.files ?? []);
  }

  input() {
    return document.querySelector(`${this.uploader} input[type="file"]`);
  }

  leave() {
    this.end(false);
    document.removeEventListener("change", this.remember, true);
    document.removeEventListener("drop", this.remember, true);
  }

  async start(withVideo) {
    if (this.asking) return;
    this.tell("");
    if (!window.isSecureContext || !navigator.mediaDevices || !window.MediaRecorder) {
      this.tell(
        "The browser gives no camera and microphone to this page, because it was not opened " +
          "over HTTPS. Open it with an address that begins with https://, or on the server " +
          "itself with http://localhost.",
      );
      return;
    }
    const video = withVideo ? { width: { ideal: 1280 }, height: { ideal: 720 } } : false;
    this.asking = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    } catch (error) {
      this.tell(whyNot(error, withVideo));
      return;
    } finally {
      this.asking = false;
    }
    // The page may have been left while the browser asked.
    if (!this.root.isConnected) {
      this.release();
      return;
    }
    try {
      this.record();
    } catch (error) {
      // Nothing would ever turn the camera and the microphone off again.
      this.release();
      this.tell(`The recording could not be started: ${error.message}`);
      return;
    }
    this.began = Date.now();
    this.timer = setInterval(() => this.tick(), 250);
    const preview = this.find(".preview");
    preview.srcObject = withVideo ? this.stream : null;
    preview.hidden = !withVideo;
    if (withVideo) preview.play();
    this.arrange(true);
    this.find(".stop").focus();
  }

  record() {
    this.parts = [];
    this.wanted = true;
    this.recorder = new MediaRecorder(this.stream);
    this.recorder.addEventListener("dataavailable", (event) => this.parts.push(event.data));
    // This also runs when the devices are unplugged; the clip recorded until then is handed over.
    this.recorder.addEventListener("stop", () => this.finish());
    this.recorder.start(1000);
  }

  release() {
    this.stream.getTracks().forEach((track) => track.stop());
  }

  end(wanted) {
    if (this.recorder?.state !== "recording") return;
    this.wanted = wanted;
    this.recorder.stop();
  }

  finish() {
    clearInterval(this.timer);
    this.release();
    this.find(".preview").srcObject = null;
    this.find(".preview").hidden = true;
    this.arrange(false);
    if (this.wanted) this.hand_over(new Blob(this.parts, { type: this.recorder.mimeType }));
    this.parts = [];
  }

  hand_over(clip) {
    const input = this.input();
    if (!input) {
      this.tell("The clip could not be handed over. Reload the page and record again.");
      return;
    }
    const type = clip.type.split(";")[0];
    const ending = { "video/mp4": "mp4", "audio/mp4": "m4a", "audio/ogg": "ogg" }[type] ?? "webm";
    const stamp = new Date().toLocaleString("sv").replace(/[: ]/g, "-");
    const files = new DataTransfer();
    files.items.add(new File([clip], `clip-${stamp}.${ending}`, { type }));
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  tick() {
    const seconds = Math.floor((Date.now() - this.began) / 1000);
    const rest = String(seconds % 60).padStart(2, "0");
    this.find(".time").textContent = `● ${Math.floor(seconds / 60)}:${rest}`;
  }

  arrange(recording) {
    this.find(".video").hidden = this.find(".voice").hidden = recording;
    this.find(".stop").hidden = this.find(".discard").hidden = !recording;
    this.find(".time").hidden = !recording;
    if (recording) this.tick();
  }

  tell(text) {
    this.find(".problem").textContent = text;
    this.find(".problem").hidden = !text;
  }
}

function keep(files) {
  window.moodRecordings ??= new Map();
  for (const file of files) window.moodRecordings.set(`${file.name}:${file.size}`, file);
}

function whyNot(error, withVideo) {
  const what = withVideo ? "camera or the microphone" : "microphone";
  if (["NotAllowedError", "SecurityError"].includes(error.name)) {
    return `The browser blocks the ${what} for this page. Click the icon in the address bar and allow it, then try again.`;
  }
  if (["NotFoundError", "OverconstrainedError"].includes(error.name)) {
    return withVideo
      ? "No camera or no microphone was found. Connect both, or check that the system lets the browser use them."
      : "No microphone was found. Connect one, or check that the system lets the browser use it.";
  }
  return `The ${what} gives nothing. Close other programs and tabs that use it, then try again.`;
}
