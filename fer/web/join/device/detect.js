// Finds the faces of a picture, as the modules of fer/faces/detect/ do. Boxes are
// [x, y, width, height] in pixels.

import { clip, round, shrink } from "./pixels.js";

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

export const area = ([, , width, height]) => width * height;
const size = (face) => Math.sqrt(area(face.box));

export function overlap(first, second) {
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
