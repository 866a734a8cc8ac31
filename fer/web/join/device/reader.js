// Reads the largest face of a picture, step by step as fer/faces/core.py and the modules that it
// uses do. All numbers come from the recipe, see fer/faces/recipe.py; a test compares the answers.

import { classify, crop } from "./classify.js";
import { area, detect, overlap } from "./detect.js";
import { grey, meanAndVariance, resize } from "./pixels.js";

export { classify, crop }; // worker.js tries them out

// How far the tip of the nose lies beside the middle of the eyes, in distances of the eyes.
function noseShift([rightX, rightY, leftX, leftY, noseX, noseY]) {
  const across = [leftX - rightX, leftY - rightY];
  const beside =
    (noseX - (rightX + leftX) / 2) * across[0] + (noseY - (rightY + leftY) / 2) * across[1];
  return Math.abs(beside) / Math.max(Math.hypot(...across), 1e-6) ** 2;
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
