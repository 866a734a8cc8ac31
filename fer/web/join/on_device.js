// Reads the camera's pictures on this device: it starts the Worker and hands it the newest picture.
// The Worker is device/worker.js, and what it does with a picture begins in device/reader.js.
"use strict";

const SLOWEST_MS = 700; // a device that takes longer for one reading sends pictures instead
const LONGEST_START_S = 30; // longest time for loading the files
const FAILURES = 10; // after so many pictures in a row that cannot be taken, reading has failed

// The smallest program with an instruction of WebAssembly's SIMD (i8x16.splat, i8x16.popcnt).
const SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0],
  ...[65, 0, 253, 15, 253, 98, 11],
);

class DeviceReader {
  #worker;
  #video = null;
  #asked = true; // whether the Worker waits for a picture
  #began = 0;
  #shown = -1; // the video's time at the newest picture
  #failures = 0; // pictures in a row that could not be taken
  onReading = () => {};
  onFailure = () => {};

  // Returns a reader that has proved fast enough; `addresses` are those of the files it needs.
  // Throws an Error whose message says why it cannot: "noRuntime", "noSimd", "slow", "failed".
  static async open(addresses) {
    if (!addresses) throw new Error("noRuntime");
    if (!globalThis.OffscreenCanvas || !globalThis.WebAssembly?.validate(SIMD))
      throw new Error("noSimd");
    const files = Object.entries(addresses).map(([name, file]) => [
      name,
      new URL(file, document.baseURI).href,
    ]);
    const device = new DeviceReader();
    try {
      const ms = await device.#start(Object.fromEntries(files));
      if (ms > SLOWEST_MS) throw new Error("slow");
    } catch (error) {
      device.close();
      throw error;
    }
    return device;
  }

  #start(files) {
    this.#worker = new Worker(files["worker.js"], { type: "module" });
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error("failed"));
      const timer = setTimeout(fail, 1000 * LONGEST_START_S);
      this.#worker.onerror = fail;
      this.#worker.onmessage = ({ data }) => {
        clearTimeout(timer);
        if (data.failed) return fail();
        this.#worker.onmessage = (event) => this.#hear(event.data);
        this.#worker.onerror = () => this.onFailure();
        resolve(data.ready);
      };
      this.#worker.postMessage({ start: files, slowest: SLOWEST_MS });
    });
  }

  // Begin to read what a video element shows.
  watch(video) {
    this.#video = video;
    this.#began = performance.now();
    this.#shown = -1;
    this.#worker.postMessage({ forget: true });
    if (this.#asked) this.#give();
  }

  stop() {
    this.#video = null;
    this.#worker.postMessage({ forget: true });
  }

  // End the Worker, which holds the networks in memory.
  close() {
    this.#worker.terminate();
  }

  #hear(message) {
    if (message.failed) this.onFailure();
    else if (message.next) this.#give();
    else if (this.#video) this.onReading(message);
  }

  async #give() {
    this.#asked = !this.#video;
    if (this.#asked) return;
    const video = this.#video;
    const t = (performance.now() - this.#began) / 1000;
    let frame = null;
    // Some browsers stop the camera of a page in the background; then there is nothing new to read.
    if (video.videoWidth && video.currentTime !== this.#shown) {
      this.#shown = video.currentTime;
      frame = await pictureOf(video).catch(() => null);
      this.#failures = frame ? 0 : this.#failures + 1;
      if (this.#failures >= FAILURES) return this.onFailure();
    }
    this.#worker.postMessage({ frame, t }, frame ? [frame] : []);
  }
}

async function pictureOf(video) {
  let frame;
  try {
    frame = globalThis.VideoFrame && new VideoFrame(video);
  } catch {
    // This browser makes frames of other things only.
  }
  // The video turns what a phone's camera gives; some browsers forget that in the frame.
  if (frame?.displayWidth === video.videoWidth && frame.displayHeight === video.videoHeight) {
    return frame;
  }
  frame?.close();
  return createImageBitmap(video);
}
