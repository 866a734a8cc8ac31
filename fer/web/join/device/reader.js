// Reads the largest face of a picture, step by step as fer/faces/core.py and the modules that it
// uses do. All numbers come from the recipe, see fer/faces/recipe.py; a test compares the answers.
//
// A picture is { data, width, height, channels }, row by row, values from 0 to 255. Frames of the
// camera have the channels red, green, blue, alpha; crops have red, green, blue, or grey alone.
// Boxes are [x, y, width, height]. Lengths are in pixels.

// --- pixels -----------------------------------------------------------------------------------

const blank = (width, height, channels) => ({
  data: new Uint8ClampedArray(width * height * channels), // rounds what is written to it
  width,
  height,
  channels,
});

const clip = (value, low, high) => Math.min(Math.max(value, low), high);

// To the next whole number, halves to the even one, as Python and OpenCV do.
function round(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 ? up - 1 : up;
}

// For each place of a side that is resized: the first old place that counts, and the parts of it
// and of those after it.
function parts(from, to, byArea) {
  const ratio = from / to;
  const places = [];
  for (let place = 0; place < to; place++) {
    if (byArea && ratio >= 1) {
      const start = place * ratio;
      const end = Math.min(start + ratio, from);
      const first = Math.floor(start + 1e-9);
      const last = Math.min(Math.ceil(end - 1e-9), from);
      const covered = [];
      for (let old = first; old < last; old++) {
        covered.push((Math.min(end, old + 1) - Math.max(start, old)) / (end - start));
      }
      places.push([first, covered]);
      continue;
    }
    const centre = (place + 0.5) * ratio - 0.5;
    let first = Math.floor(byArea ? place * ratio : centre);
    let second = byArea ? Math.max(0, place + 1 - (first + 1) / ratio) % 1 : centre - first;
    if (first < 0 || first >= from - 1) {
      first = clip(first, 0, from - 1);
      second = 0;
    }
    places.push([first, second ? [1 - second, second] : [1]]);
  }
  return places;
}

// OpenCV's resize: INTER_AREA where `byArea` is true, else INTER_LINEAR.
export function resize(picture, width, height, byArea) {
  if (picture.width === width && picture.height === height) return picture;
  if (byArea && picture.width === 2 * width && picture.height === 2 * height) return halve(picture);
  const { data, channels } = picture;
  const out = blank(width, height, channels);
  const columns = parts(picture.width, width, byArea);
  const stride = picture.width * channels;
  const row = new Float32Array(stride);
  let place = 0;
  for (const [top, down] of parts(picture.height, height, byArea)) {
    row.fill(0);
    down.forEach((part, k) => {
      const from = (top + k) * stride;
      for (let i = 0; i < stride; i++) row[i] += part * data[from + i];
    });
    for (const [left, across] of columns) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        let at = left * channels + channel;
        for (let k = 0; k < across.length; k++, at += channels) sum += across[k] * row[at];
        out.data[place++] = sum;
      }
    }
  }
  return out;
}

function halve({ data, width, height, channels }) {
  const out = blank(width / 2, height / 2, channels);
  const stride = width * channels;
  let place = 0;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      for (let channel = 0; channel < channels; channel++) {
        const at = y * stride + x * channels + channel;
        const below = at + stride;
        out.data[place++] =
          (data[at] + data[at + channels] + data[below] + data[below + channels] + 2) >> 2;
      }
    }
  }
  return out;
}

// A smaller copy, halved as often as possible first.
function shrink(picture, width, height) {
  while (picture.width >= 2 * width && picture.height >= 2 * height) {
    picture = resize(picture, picture.width >> 1, picture.height >> 1, true);
  }
  return resize(picture, width, height, false);
}

function cut(picture, left, top, right, bottom) {
  const { channels } = picture;
  const out = blank(right - left, bottom - top, channels);
  const stride = out.width * channels;
  for (let y = 0; y < out.height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    out.data.set(picture.data.subarray(from, from + stride), y * stride);
  }
  return out;
}

// A square about `centre`, turned by `degrees`: red, green, blue. Like OpenCV's warpAffine with
// INTER_LINEAR and BORDER_REPLICATE, which places each pixel to 1/32 of a pixel.
function turn(picture, centre, degrees, side) {
  const { data, width, height, channels } = picture;
  const out = blank(side, side, 3);
  const cos = Math.cos((degrees * Math.PI) / 180);
  const sin = Math.sin((degrees * Math.PI) / 180);
  const startX = centre[0] - ((cos - sin) * side) / 2;
  const startY = centre[1] - ((cos + sin) * side) / 2;
  const fixed = (value) => round(value * 1024);
  let place = 0;
  for (let v = 0; v < side; v++) {
    const rowX = fixed(startX - sin * v) + 16;
    const rowY = fixed(startY + cos * v) + 16;
    for (let u = 0; u < side; u++) {
      const x = (rowX + fixed(cos * u)) >> 5;
      const y = (rowY + fixed(sin * u)) >> 5;
      const left = clip(x >> 5, 0, width - 1) * channels;
      const right = clip((x >> 5) + 1, 0, width - 1) * channels;
      const top = clip(y >> 5, 0, height - 1) * width * channels;
      const bottom = clip((y >> 5) + 1, 0, height - 1) * width * channels;
      const across = x & 31;
      const down = y & 31;
      for (let channel = 0; channel < 3; channel++) {
        const above =
          data[top + left + channel] * (32 - across) + data[top + right + channel] * across;
        const below =
          data[bottom + left + channel] * (32 - across) + data[bottom + right + channel] * across;
        out.data[place++] = (above * (32 - down) + below * down + 512) >> 10;
      }
    }
  }
  return out;
}

// --- the detector -----------------------------------------------------------------------------

// Memory for the detector's input, used again, as browsers are slow to give it back.
const inputs = new Map();
function inputOf(length) {
  if (!inputs.has(length)) inputs.set(length, new Uint8Array(length));
  return inputs.get(length).fill(0);
}

// Answers of the network with at least some score: boxes and landmarks, see anchor_free.py.
async function candidates(frame, score, { strides }, network) {
  const coarsest = strides.at(-1);
  const width = Math.ceil(frame.width / coarsest) * coarsest;
  const height = Math.ceil(frame.height / coarsest) * coarsest;
  // Blocks of 2x2 pixels, see blocks in bundled.py. The networks were trained on OpenCV's order:
  // blue, green, red.
  const blocks = inputOf(3 * width * height);
  for (let y = 0; y < frame.height; y++) {
    for (let x = 0; x < frame.width; x++) {
      const from = (y * frame.width + x) * frame.channels;
      const to = 12 * ((y >> 1) * (width >> 1) + (x >> 1)) + 6 * (y & 1) + 3 * (x & 1);
      for (let colour = 0; colour < 3; colour++) blocks[to + colour] = frame.data[from + 2 - colour];
    }
  }
  const [answers] = await network(blocks, [1, height / 2, width / 2, 12]);
  const found = [];
  let place = 0;
  for (const stride of strides) {
    for (let row = 0; row < Math.floor(height / stride); row++) {
      for (let column = 0; column < Math.floor(width / stride); column++, place++) {
        const answer = answers.subarray(15 * place, 15 * (place + 1));
        if (!(answer[0] >= score)) continue;
        const w = Math.exp(Math.min(answer[3], 20)) * stride;
        const h = Math.exp(Math.min(answer[4], 20)) * stride;
        const box = [
          (column + answer[1]) * stride - w / 2,
          (row + answer[2]) * stride - h / 2,
          w,
          h,
        ];
        const corner = [column, row];
        const landmarks = Array.from(
          answer.subarray(5),
          (value, i) => (value + corner[i % 2]) * stride,
        );
        if ([...box, ...landmarks].every(Number.isFinite))
          found.push({ box, score: answer[0], landmarks });
      }
    }
  }
  return found;
}

function shared([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const across = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const down = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  return Math.max(across, 0) * Math.max(down, 0);
}

const area = ([, , width, height]) => width * height;
const size = (face) => Math.sqrt(area(face.box));

function overlap(first, second) {
  const both = shared(first, second);
  return both / Math.max(area(first) + area(second) - both, 1e-9);
}

// One of several answers for each face, the best, with the mean of all landmarks on the face.
function settle(answers, { max_overlap: most, same }) {
  const kept = [];
  for (const answer of [...answers].sort((a, b) => b.score - a.score)) {
    if (kept.every((face) => overlap(face.box, answer.box) <= most)) kept.push(answer);
  }
  return kept.map((face) => {
    const alike = answers.filter((answer) => overlap(face.box, answer.box) >= same);
    const total = alike.reduce((sum, answer) => sum + answer.score, 0);
    const landmarks = face.landmarks.map(
      (_, i) => alike.reduce((sum, answer) => sum + answer.score * answer.landmarks[i], 0) / total,
    );
    return { ...face, landmarks };
  });
}

function scaled(face, across, down) {
  const factors = [across, down];
  return {
    ...face,
    box: face.box.map((value, i) => value * factors[i % 2]),
    landmarks: face.landmarks.map((value, i) => value * factors[i % 2]),
  };
}

// Faces of a frame of limited size, with a second look at large ones, see bundled.py.
async function search(frame, recipe, network) {
  const shorter = Math.min(frame.width, frame.height);
  if (shorter < recipe.min_frame) return [];
  const answers = await candidates(
    frame,
    Math.min(recipe.hint_score, recipe.score),
    recipe,
    network,
  );
  const faces = settle(
    answers.filter(({ score }) => score >= recipe.score),
    recipe,
  );
  const hint = answers.some((answer) => size(answer) >= recipe.hint_size);
  if (!hint || shorter * recipe.closer < recipe.min_frame) return faces;
  const small = shrink(
    frame,
    round(frame.width * recipe.closer),
    round(frame.height * recipe.closer),
  );
  const large = settle(await candidates(small, recipe.score, recipe, network), recipe)
    .map((face) => scaled(face, frame.width / small.width, frame.height / small.height))
    .filter((face) => size(face) >= recipe.large);
  const nested = (face) =>
    large.some(
      ({ box }) => shared(face.box, box) >= recipe.nested * Math.min(area(face.box), area(box)),
    );
  return [...large, ...faces.filter((face) => !nested(face))];
}

// A side of the copy that is searched, see searched_side in base.py.
function searchedSide(length, { step, slack }) {
  const whole = length - (length % step);
  return whole >= (1 - slack) * length ? whole : Math.max(1, round(length));
}

// All faces of a frame, most certain first: { box, score, landmarks }, boxes in whole pixels.
export async function detect(frame, recipe, network) {
  const { width, height } = frame;
  const scale = Math.min(1, recipe.size / Math.max(width, height));
  if (scale < 1) {
    const [across, down] = [width, height].map((side) => searchedSide(side * scale, recipe));
    frame = shrink(frame, across, down);
  }
  const faces = await search(frame, recipe, network);
  return faces
    .map((face) => scaled(face, width / frame.width, height / frame.height))
    .map((face) => {
      const [x, y, w, h] = face.box;
      const [left, right] = [Math.floor(x), Math.ceil(x + w)].map((side) => clip(side, 0, width));
      const [top, bottom] = [Math.floor(y), Math.ceil(y + h)].map((side) => clip(side, 0, height));
      return { ...face, box: [left, top, right - left, bottom - top] };
    })
    .filter(({ box }) => box[2] > 0 && box[3] > 0)
    .sort((a, b) => b.score - a.score);
}

// --- the crop ---------------------------------------------------------------------------------

// Degrees by which the eyes are tilted, clockwise in the picture.
function eyeAngle([rightX, rightY, leftX, leftY], most) {
  const angle = (Math.atan2(leftY - rightY, leftX - rightX) * 180) / Math.PI;
  return Math.abs(angle) <= most ? angle : 0;
}

// How far the tip of the nose lies beside the middle of the eyes, in distances of the eyes.
function noseShift([rightX, rightY, leftX, leftY, noseX, noseY]) {
  const across = [leftX - rightX, leftY - rightY];
  const beside =
    (noseX - (rightX + leftX) / 2) * across[0] + (noseY - (rightY + leftY) / 2) * across[1];
  return Math.abs(beside) / Math.max(Math.hypot(...across), 1e-6) ** 2;
}

// A face as the classifier was taught to see it: a square around the box, eyes level.
export function crop(frame, face, recipe) {
  const [x, y, w, h] = face.box;
  let side = recipe.side * Math.sqrt(w * h);
  let centre = [x + w / 2, y + h / 2];
  if (side > recipe.longest) {
    const reach = side * 0.75;
    const left = Math.max(Math.floor(centre[0] - reach), 0);
    const top = Math.max(Math.floor(centre[1] - reach), 0);
    const right = Math.min(Math.ceil(centre[0] + reach), frame.width);
    const bottom = Math.min(Math.ceil(centre[1] + reach), frame.height);
    const part = cut(frame, left, top, right, bottom);
    const ratio = recipe.longest / side;
    const width = Math.max(1, round(part.width * ratio));
    const height = Math.max(1, round(part.height * ratio));
    centre = [
      (centre[0] - left) * (width / part.width),
      (centre[1] - top) * (height / part.height),
    ];
    frame = resize(part, width, height, true);
    side = recipe.longest;
  }
  return turn(frame, centre, eyeAngle(face.landmarks, recipe.max_tilt), Math.max(1, round(side)));
}

export function grey(picture) {
  if (picture.channels === 1) return picture;
  const { data, width, height, channels } = picture;
  const out = blank(width, height, 1);
  for (let i = 0, at = 0; i < out.data.length; i++, at += channels) {
    out.data[i] = (9798 * data[at] + 19235 * data[at + 1] + 3735 * data[at + 2] + 16384) >> 15;
  }
  return out;
}

function meanAndVariance(values) {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return [mean, squares / values.length];
}

// Variance of the Laplacian divided by that of the picture; 0 is a flat grey.
function sharpness(face, side) {
  const { data } = resize(grey(face), side, side, true);
  const mirrored = (place) => (place < 0 ? -place : place >= side ? 2 * side - 2 - place : place);
  const at = (x, y) => data[mirrored(y) * side + mirrored(x)];
  const laplacian = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      laplacian[y * side + x] =
        at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y);
    }
  }
  return meanAndVariance(laplacian)[1] / Math.max(meanAndVariance(data)[1], 1);
}

// --- the classifier ---------------------------------------------------------------------------

// The input of the network for one face, see EmotionClassifier.prepare.
function prepare(face, { color, width, height, layout, normalization }) {
  const order = { grey: [0], rgb: [0, 1, 2], bgr: [2, 1, 0] }[color];
  const picture = resize(color === "grey" ? grey(face) : face, width, height, face.height > height);
  const { data, channels } = picture;
  const [mean, variance] = normalization.kind === "standardize" ? meanAndVariance(data) : [0, 0];
  const scale =
    normalization.kind === "standardize"
      ? 1 / (Math.sqrt(variance) + normalization.epsilon)
      : normalization.scale;
  const offset = normalization.kind === "standardize" ? -mean * scale : normalization.offset;
  const input = new Float32Array(width * height * order.length);
  for (let place = 0; place < width * height; place++) {
    order.forEach((channel, i) => {
      const value = data[place * channels + Math.min(channel, channels - 1)] * scale + offset;
      input[layout === "NHWC" ? place * order.length + i : i * width * height + place] = value;
    });
  }
  return input;
}

function mirrorImage(input, { color, width, layout }) {
  const channels = color === "grey" ? 1 : 3;
  const run = layout === "NHWC" ? channels : 1; // values that stay together
  const mirrored = new Float32Array(input.length);
  for (let start = 0; start < input.length; start += width * run) {
    for (let x = 0; x < width; x++) {
      const from = start + x * run;
      mirrored.set(input.subarray(from, from + run), start + (width - 1 - x) * run);
    }
  }
  return mirrored;
}

// Calibrated probabilities of the emotions of one face, see EmotionClassifier.classify.
export async function classify(face, recipe, network) {
  const { preprocessing } = recipe;
  const input = prepare(face, preprocessing);
  const first = await answer(input, recipe, network);
  let labels = calibrated(first, recipe);
  if (recipe.mirror && Math.max(...labels) <= recipe.mirror_below) {
    const second = await answer(mirrorImage(input, preprocessing), recipe, network);
    labels = calibrated(
      first.map((value, label) => (value + second[label]) / 2),
      recipe,
    );
  }
  return recipe.to_emotions[0].map((_, emotion) =>
    labels.reduce((sum, p, label) => sum + p * recipe.to_emotions[label][emotion], 0),
  );
}

// The first output of the network for one face.
async function answer(input, { preprocessing }, network) {
  const channels = preprocessing.color === "grey" ? 1 : 3;
  const { width, height, layout } = preprocessing;
  const shape = layout === "NHWC" ? [height, width, channels] : [channels, height, width];
  const [output] = await network(input, [1, ...shape]);
  return Array.from(output);
}

function calibrated(output, { output: kind, temperature, floor }) {
  const logits =
    kind === "probabilities" ? output.map((p) => Math.log(Math.max(p, 1e-12))) : output;
  const highest = Math.max(...logits);
  let values = scaledToOne(logits.map((logit) => Math.exp((logit - highest) / temperature)));
  if (floor) values = scaledToOne(values.map((p) => p ** 2 / (p + floor)));
  return values;
}

function scaledToOne(values) {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

// --- the reading ------------------------------------------------------------------------------

// Whether a face shows too little for its probabilities to mean much.
function isUnread(face, cropped, recipe) {
  return (
    Math.min(face.box[2], face.box[3]) < recipe.min_read_side ||
    noseShift(face.landmarks) > recipe.max_turn ||
    sharpness(cropped, recipe.sharpness_side) < recipe.min_sharpness
  );
}

// The reading of the largest face of a frame, or null. People in the background did not agree to
// anything, so theirs are not read.
//
// `networks` are two functions, `detector` and `classifier`, that take values and their shape and
// answer with the values of each output.
export async function read(frame, recipe, networks) {
  const faces = await detect(frame, recipe.detector, networks.detector);
  if (!faces.length) return null;
  const face = faces.reduce((best, one) => (area(one.box) > area(best.box) ? one : best));
  const cropped = crop(frame, face, recipe.crop);
  if (isUnread(face, cropped, recipe.state))
    return { ...face, state: "unread", probabilities: null };
  const probabilities = await classify(cropped, recipe.classifier, networks.classifier);
  return { ...face, state: stateOf(probabilities, recipe), probabilities };
}

const stateOf = (probabilities, { state }) =>
  Math.max(...probabilities) < state.abstain_below ? "unsure" : "read";

// The most probable emotion.
export const emotionOf = (probabilities, { emotions }) =>
  emotions[probabilities.indexOf(Math.max(...probabilities))];

// Smooths the probabilities of one face over time, see fer/mood/track.py.
export class Follower {
  constructor(recipe) {
    this.recipe = recipe;
    this.last = null;
  }

  // The reading at the time `t` in s, with smoothed probabilities and the state that follows.
  update(t, reading) {
    if (!reading) return null;
    const { min_iou: least, max_gap_s: gap, smoothing_s: smoothing } = this.recipe.tracker;
    const wait = this.last ? t - this.last.seen : Infinity;
    const isSame = wait >= 0 && wait <= gap && overlap(this.last.box, reading.box) >= least;
    if (!isSame) this.last = { probabilities: null, readAt: t };
    this.last.box = reading.box;
    this.last.seen = t;
    if (reading.state === "unread") return reading;
    const before = this.last.probabilities;
    const keep = before && smoothing ? Math.exp((this.last.readAt - t) / smoothing) : 0;
    const probabilities = reading.probabilities.map(
      (p, i) => (keep ? keep * before[i] : 0) + (1 - keep) * p,
    );
    this.last.probabilities = probabilities;
    this.last.readAt = t;
    return { ...reading, probabilities, state: stateOf(probabilities, this.recipe) };
  }
}
