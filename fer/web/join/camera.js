// The camera of the students' page, and the small pictures of it that some devices send.
"use strict";

const LONG = 320, SHORT = 240; // px of a picture's sides at the most
const QUALITY = 0.8; // JPEG quality of a picture

class Camera {
  #video;
  #stream = null;
  #turn = 0; // counts the requests for a camera, so that a late answer is dropped
  onEnded = () => {}; // it was unplugged, or the browser took it away

  constructor(video) {
    this.#video = video;
  }

  get isOpen() {
    return this.#stream !== null;
  }

  // Opens a camera, by its id or any that shows the student; returns its id. Throws an Error whose
  // message says why it cannot: "notSecure", "unsupported", "denied", "missing", "busy", and
  // "late" if another one was asked for meanwhile.
  async open(device) {
    this.close();
    const mine = this.#turn;
    if (!isSecureContext) throw new Error("notSecure");
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("unsupported");
    const size = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15 } };
    const which = device ? { deviceId: { exact: device } } : { facingMode: "user" };
    const wanted = { audio: false, video: { ...size, ...which } };
    let opened;
    try {
      opened = await navigator.mediaDevices.getUserMedia(wanted);
    } catch (error) {
      if (mine !== this.#turn) throw new Error("late");
      if (device && error.name === "OverconstrainedError") return this.open(); // it was unplugged
      const denied = ["NotAllowedError", "SecurityError"].includes(error.name);
      const missing = ["NotFoundError", "OverconstrainedError"].includes(error.name);
      throw new Error(denied ? "denied" : missing ? "missing" : "busy");
    }
    if (mine !== this.#turn) {
      opened.getTracks().forEach((track) => track.stop());
      throw new Error("late");
    }
    this.#stream = opened;
    const [track] = opened.getVideoTracks();
    track.addEventListener("ended", () => this.#stream === opened && this.onEnded());
    this.#video.parentElement.hidden = false;
    this.#video.srcObject = opened;
    this.#video.play().catch(() => {}); // a browser that waits for a tap shows a play button
    return track.getSettings().deviceId;
  }

  close() {
    this.#turn += 1;
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#video.srcObject = null;
    this.#video.parentElement.hidden = true;
  }

  async all() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === "videoinput");
  }

  // Returns what the camera shows as a small JPEG in an ArrayBuffer, or null before it shows
  // anything.
  async picture() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width || !height) return null;
    const [across, down] = width < height ? [SHORT, LONG] : [LONG, SHORT];
    const scale = Math.min(across / width, down / height, 1);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(this.#video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    // Chromium shows a buffer in its network view, but not a blob.
    return blob ? blob.arrayBuffer() : null;
  }
}
