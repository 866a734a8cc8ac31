// The recording beside its charts: one position in time for the media, the events and the charts.
//
// The charts are Streamlit's Plotly charts in the containers with the keys in `data.charts`. This
// file relies only on these parts of them: the class `js-plotly-plot` of the chart, the rectangle
// `.nsewdrag` over its plot, and the x range in its `layout`. Times in them are ms since 1970.

const CLICK_PX = 4;
// The server answers a request for part of a file from memory, and a media element asks for all
// the rest of it at once. So a recording is fetched in parts of this size and played from here.
const PART_BYTES = 8 * 1024 * 1024;
// When a page runs, Streamlit lets go of its recording until the run comes to it again. If another
// visitor's run ends meanwhile, the server answers 404 for that long.
const TRIES = 5;
const PAUSE_MS = 1000;
const players = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  let player = players.get(root);
  if (!player) {
    player = new Player(root);
    players.set(root, player);
  }
  player.update(component.data);
  return () =>
    // Streamlit may also call this for a run that a newer one has overtaken.
    setTimeout(() => {
      if (root.isConnected) return;
      player.stop();
      players.delete(root);
    });
}

async function fetchPart(source, start, signal) {
  const range = `bytes=${start}-${start + PART_BYTES - 1}`;
  for (let left = TRIES - 1; ; left--) {
    try {
      const answer = await fetch(source, { headers: { Range: range }, signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return { headers: answer.headers, part: await answer.blob() };
    } catch (error) {
      if (signal.aborted || !left) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

class Player {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.time = 0;
    this.media = null;
    this.url = null;
    this.opened = null;
    this.source = null;
    this.signature = "";
    this.pressed = null;
    this.onDown = (event) => this.press(event);
    this.onUp = (event) => this.release(event);
    // Plotly lays a sheet over the page while a button is down, so the chart never sees the end
    // of a click. Pointers are watched before it gets at them.
    document.addEventListener("pointerdown", this.onDown, true);
    document.addEventListener("pointerup", this.onUp, true);
    this.find(".open input").addEventListener("change", (event) => this.open(event.target.files[0]));
    this.find(".position input").addEventListener("input", (event) =>
      this.seek(Number(event.target.value)),
    );
    this.step = () => {
      this.show();
      this.frame = requestAnimationFrame(this.step);
    };
    this.frame = requestAnimationFrame(this.step);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    document.removeEventListener("pointerdown", this.onDown, true);
    document.removeEventListener("pointerup", this.onUp, true);
    document.querySelectorAll(".mood-cursor").forEach((line) => line.remove());
    this.unload();
  }

  update(data) {
    this.data = data;
    this.find(".whole").textContent = clock(data.duration);
    this.find(".position input").max = data.duration;
    this.find(".why").textContent = data.absent;
    this.find(".why").hidden = this.find(".open").hidden = !data.absent;
    // The browser still has the files that this visit uploaded; recorder.js keeps them.
    const uploaded = window.moodRecordings?.get(`${data.name}:${data.size}`);
    if (!this.opened && uploaded) this.open(uploaded);
    if (!this.opened && data.source !== this.source) {
      this.source = data.source;
      this.unload();
      if (data.source) this.fetch(data.source);
    }
    const signature = JSON.stringify(data.events);
    if (signature !== this.signature) {
      this.signature = signature;
      this.list(data.events);
    }
  }

  list(events) {
    this.find(".events .none").hidden = events.length > 0;
    this.find(".events ol").replaceChildren(
      ...events.map((event) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(
          span("when", period(event)),
          span("kind", event.kind),
          span("text", event.text),
        );
        button.addEventListener("click", () => this.seek(event.start));
        const item = document.createElement("li");
        item.append(button);
        return item;
      }),
    );
  }

  open(file) {
    if (!file) return;
    this.unload();
    this.opened = file;
    this.play(file, this.data.sound_only || file.type.startsWith("audio/"));
  }

  async fetch(source) {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const parts = [];
    let type = "";
    let [start, size] = [0, 1];
    try {
      while (start < size) {
        const { headers, part } = await fetchPart(source, start, signal);
        type = headers.get("Content-Type");
        parts.push(part);
        start += part.size;
        size = Number(headers.get("Content-Range")?.split("/")[1] ?? start);
        this.tell(`Loading the recording: ${Math.floor((100 * start) / size)}%`);
      }
    } catch (error) {
      if (!signal.aborted) this.tell(`The recording could not be loaded: ${error.message}.`);
      return;
    }
    this.tell("");
    this.play(new Blob(parts, { type }), this.data.sound_only);
  }

  unload() {
    this.abort?.abort();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = this.media = this.opened = null;
    this.tell("");
    this.find(".screen").replaceChildren();
    this.find(".screen").hidden = true;
    this.find(".absent").hidden = false;
  }

  play(content, soundOnly) {
    this.url = URL.createObjectURL(content);
    const media = document.createElement(soundOnly ? "audio" : "video");
    media.controls = true;
    media.preload = "metadata";
    media.playsInline = true;
    media.src = this.url;
    media.addEventListener("loadedmetadata", () => this.measure(media), { once: true });
    media.addEventListener("error", () => this.give_up(), { once: true });
    this.find(".screen").replaceChildren(media);
    this.find(".screen").hidden = false;
    this.find(".absent").hidden = true;
  }

  tell(text) {
    this.find(".problem").textContent = text;
    this.find(".problem").hidden = !text;
  }

  // The position is followed only from here on. A browser may know the length, and stand at 0,
  // before it says so, and a position that was chosen meanwhile would be lost.
  follow(media) {
    if (!media.isConnected) return;
    this.media = media;
    media.currentTime = this.time;
  }

  measure(media) {
    if (Number.isFinite(media.duration)) {
      this.follow(media);
      return;
    }
    // A clip recorded in a browser does not say how long it is. Nobody can jump within it until a
    // jump beyond its end has made the browser find the end.
    media.addEventListener("seeked", () => this.follow(media), { once: true });
    media.currentTime = 1e9;
  }

  give_up() {
    const opened = this.opened;
    this.unload();
    // This source is not tried again at the next update.
    this.opened = opened;
    this.tell(
      "This browser cannot play the recording's format. The charts and events work without it.",
    );
  }

  seek(seconds) {
    this.time = Math.min(Math.max(0, seconds), this.data.duration);
    if (this.media) this.media.currentTime = this.time;
    this.find(".position input").value = this.time;
  }

  show() {
    if (this.media) this.time = this.media.currentTime;
    const text = clock(this.time);
    if (this.find(".now").textContent !== text) this.find(".now").textContent = text;
    this.find(".events ol")
      .querySelectorAll("button")
      .forEach((button, number) => {
        const event = this.data.events[number];
        const current = String(event.start <= this.time && this.time <= event.end);
        if (button.getAttribute("aria-current") !== current) {
          button.setAttribute("aria-current", current);
        }
      });
    for (const plot of this.plots()) drawCursor(plot, this.time);
  }

  plots() {
    return this.data.charts.flatMap((key) => [
      ...document.querySelectorAll(`.st-key-${key} .js-plotly-plot`),
    ]);
  }

  press(event) {
    const plot = this.plots().find((candidate) => {
      const area = plotArea(candidate);
      return area && event.composedPath().includes(candidate) && inside(area, event);
    });
    this.pressed = plot ? { plot, x: event.clientX, y: event.clientY } : null;
  }

  release(event) {
    const pressed = this.pressed;
    this.pressed = null;
    if (!pressed) return;
    const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    // Plotly handles a drag itself: it zooms.
    if (moved > CLICK_PX) return;
    const area = plotArea(pressed.plot);
    const [low, high] = timeRange(pressed.plot);
    this.seek(low + ((pressed.x - area.left) / area.width) * (high - low));
  }
}

function plotArea(plot) {
  return plot.querySelector(".nsewdrag")?.getBoundingClientRect();
}

function inside(area, point) {
  return (
    point.clientX >= area.left &&
    point.clientX <= area.right &&
    point.clientY >= area.top &&
    point.clientY <= area.bottom
  );
}

function timeRange(plot) {
  return plot.layout.xaxis.range.map((end) => {
    if (typeof end === "number") return end / 1000;
    return Date.parse(`${String(end).trim().replace(" ", "T")}${end.length > 10 ? "Z" : ""}`) / 1000;
  });
}

function drawCursor(plot, seconds) {
  const area = plotArea(plot);
  // Charts of a tab that is not shown have no size.
  if (!area?.width || !plot.layout?.xaxis?.range) return;
  let line = plot.querySelector(":scope > .mood-cursor");
  if (!line) {
    line = document.createElement("div");
    line.className = "mood-cursor";
    line.style.cssText =
      "position:absolute;width:2px;pointer-events:none;z-index:5;background:#000;" +
      "box-shadow:0 0 0 1.5px #fff;forced-color-adjust:none";
    plot.append(line);
  }
  const [low, high] = timeRange(plot);
  const part = (seconds - low) / (high - low);
  const frame = plot.getBoundingClientRect();
  line.hidden = part < 0 || part > 1;
  line.style.left = `${area.left - frame.left + part * area.width - 1}px`;
  line.style.top = `${area.top - frame.top}px`;
  line.style.height = `${area.height}px`;
}

function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function period(event) {
  const [start, end] = [clock(event.start), clock(event.end)];
  return start === end ? start : `${start}–${end}`;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${hours ? two(Math.floor(whole / 60) % 60) : Math.floor(whole / 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
