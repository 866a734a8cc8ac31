// Reads the emotion of one face, as fer/faces/classify.py does.

import { cut, grey, meanAndVariance, resize, round, turn } from "./pixels.js";

// Degrees by which the eyes are tilted, clockwise in the picture.
function eyeAngle([rightX, rightY, leftX, leftY], most) {
  const angle = (Math.atan2(leftY - rightY, leftX - rightX) * 180) / Math.PI;
  return Math.abs(angle) <= most ? angle : 0;
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
