// A plan of the picture: boxes for the faces in it, and the areas whose faces do not count. A drag
// draws an area, a press on a face ignores it, and a press on an area counts its faces again. All
// boxes are [left, top, width, height] in parts of the picture.

const SMALLEST = 0.02;

export default function ({ parentElement: root, data, setTriggerValue }) {
  root.plan ??= new Plan(root.querySelector(".picture"));
  root.plan.update(data, (kind, box) => setTriggerValue("edit", { [kind]: box }));
}

class Plan {
  constructor(picture) {
    this.picture = picture;
    this.buttons = new Map();
    picture.addEventListener("pointerdown", (event) => this.begin(event));
    picture.addEventListener("pointermove", (event) => this.move(event));
    picture.addEventListener("pointerup", (event) => this.end(event, true));
    // It comes after each end, also after one without a "pointerup".
    picture.addEventListener("lostpointercapture", (event) => this.end(event, false));
  }

  update({ ratio, words, areas, faces }, send) {
    this.send = send;
    this.picture.style.aspectRatio = ratio;
    // A finger on the plan draws. Beside a tall one, it must find a place that scrolls the page.
    this.picture.style.maxWidth = `${70 * ratio}vh`;
    this.picture.setAttribute("aria-label", words.plan);
    const wanted = new Map();
    areas.forEach((box, at) =>
      wanted.set(`area ${box}`, {
        box,
        kind: "area",
        name: words.area.replace("{number}", at + 1),
        press: () => this.send("remove", box),
      }),
    );
    faces.forEach(({ track, box, around }) =>
      wanted.set(`face ${track}`, {
        box,
        kind: "face",
        name: words.face.replace("{number}", track),
        press: () => this.send("add", around),
      }),
    );
    const focused = this.picture.getRootNode().activeElement;
    let lost = null;
    for (const [key, button] of this.buttons) {
      if (wanted.has(key)) continue;
      if (button === focused) lost = middle(button);
      button.remove();
      this.buttons.delete(key);
    }
    // A button that is there already stays, and with it the focus of the keyboard.
    for (const [key, { box, kind, name, press }] of wanted) {
      let button = this.buttons.get(key);
      if (!button) {
        button = document.createElement("button");
        button.type = "button";
        button.className = kind;
        this.buttons.set(key, button);
        this.picture.append(button);
      }
      button.title = name;
      button.setAttribute("aria-label", name);
      button.onclick = press;
      place(button, box);
    }
    if (!lost) return;
    // What was pressed is gone. The keyboard goes on with what is in its place now.
    const next = [...this.buttons.values()].find((button) => holds(button, lost));
    (next ?? this.picture).focus({ preventScroll: true });
  }

  begin(event) {
    if (this.drawn || event.target !== this.picture || event.button) return;
    this.picture.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.from = this.where(event);
    this.drawn = document.createElement("div");
    this.drawn.className = "new";
    this.picture.append(this.drawn);
    this.move(event);
  }

  move(event) {
    if (!this.drawn || event.pointerId !== this.pointer) return;
    const [x, y] = this.where(event);
    this.box = [
      Math.min(x, this.from[0]),
      Math.min(y, this.from[1]),
      Math.abs(x - this.from[0]),
      Math.abs(y - this.from[1]),
    ];
    place(this.drawn, this.box);
  }

  end(event, whole) {
    if (!this.drawn || event.pointerId !== this.pointer) return;
    if (whole) this.move(event);
    this.drawn.remove();
    this.drawn = null;
    if (whole && Math.min(this.box[2], this.box[3]) >= SMALLEST) this.send("add", this.box);
  }

  where(event) {
    const { left, top, width, height } = this.picture.getBoundingClientRect();
    const part = (at, size) => Math.min(1, Math.max(0, at / size));
    return [part(event.clientX - left, width), part(event.clientY - top, height)];
  }
}

function middle(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}

function holds(element, [x, y]) {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return left <= x && x <= right && top <= y && y <= bottom;
}

function place(element, box) {
  ["left", "top", "width", "height"].forEach((side, at) => {
    element.style[side] = `${100 * box[at]}%`;
  });
}
