// Pictures, and what OpenCV does with them in Python.
//
// A picture is { data, width, height, channels }, row by row, values from 0 to 255. Frames of the
// camera have the channels red, green, blue, alpha; crops have red, green, blue, or grey alone.
// Lengths are in pixels.

const blank = (width, height, channels) => ({
  data: new Uint8ClampedArray(width * height * channels), // rounds what is written to it
  width,
  height,
  channels,
});

export const clip = (value, low, high) => Math.min(Math.max(value, low), high);

// To the next whole number, halves to the even one, as Python and OpenCV do.
export function round(value) {
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
export function shrink(picture, width, height) {
  while (picture.width >= 2 * width && picture.height >= 2 * height) {
    picture = resize(picture, picture.width >> 1, picture.height >> 1, true);
  }
  return resize(picture, width, height, false);
}

export function cut(picture, left, top, right, bottom) {
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
export function turn(picture, centre, degrees, side) {
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

export function grey(picture) {
  if (picture.channels === 1) return picture;
  const { data, width, height, channels } = picture;
  const out = blank(width, height, 1);
  for (let i = 0, at = 0; i < out.data.length; i++, at += channels) {
    out.data[i] = (9798 * data[at] + 19235 * data[at + 1] + 3735 * data[at + 2] + 16384) >> 15;
  }
  return out;
}

export function meanAndVariance(values) {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return [mean, squares / values.length];
}
