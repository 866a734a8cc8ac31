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
    picture.addEventListener("pointercancel", (event) => this.end(event, false));
  }

  update({ ratio, words, areas, faces }, send) {
    this.send = send;
    this.picture.style.aspectRatio = ratio;
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
    for (const [key, button] of this.buttons) {
      if (wanted.has(key)) continue;
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
  }

  begin(event) {
    if (event.target !== this.picture || event.button) return;
    this.picture.setPointerCapture(event.pointerId);
    this.from = this.where(event);
    this.drawn = document.createElement("div");
    this.drawn.className = "new";
    this.picture.append(this.drawn);
    this.move(event);
  }

  move(event) {
    if (!this.drawn) return;
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
    if (!this.drawn) return;
    this.move(event);
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

function place(element, box) {
  ["left", "top", "width", "height"].forEach((side, at) => {
    element.style[side] = `${100 * box[at]}%`;
  });
}
