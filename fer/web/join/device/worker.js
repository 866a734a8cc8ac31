// Reads the newest picture of the camera beside the page, so that the page stays smooth.
//
// The page sends { start: addresses, slowest: ms } once; the answer is { ready: ms of one reading }
// or { failed: why }. Then this worker asks for a picture with { next: true }, as often as the
// device can easily do, and the page answers with { frame, t }: a VideoFrame or an ImageBitmap, or
// null where the camera shows nothing new, and the time in s. What was read comes back as
// { reading, emotion, t, ms }. The clock runs here because browsers slow the clocks of pages in the
// background. With { forget: true } the page has what is known of the face dropped. Nothing is sent
// from here.

const SHORTEST_WAIT_MS = 500; // a mood does not change more often than twice a second
const TRIAL_MS = 6000; // for so long at the most, a device may try to be fast enough
const SHARE = 4; // a reading takes a fourth of the time at the most; slow devices read less often

let reader, recipe, networks, follower, canvas, buffer;

async function start(files, slowest) {
  const { runtime, wasm, recipe: numbers, detector, classifier } = files;
  // The scripts are fetched together with the networks: a plain import would come before them.
  const load = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
  const [ort, scripts, written, ...models] = await Promise.all([
    import(runtime),
    import("./reader.js"),
    ...[numbers, detector, classifier].map(load),
  ]);
  reader = scripts;
  recipe = JSON.parse(new TextDecoder().decode(written));
  ort.env.wasm.numThreads = 1; // more need a page that is isolated from others, and fail in Safari
  ort.env.wasm.wasmPaths = { wasm };
  const open = async (model) => {
    const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    return async (values, shape) => {
      const kind = values instanceof Uint8Array ? "uint8" : "float32";
      const input = new ort.Tensor(kind, values, shape);
      const outputs = await session.run({ [session.inputNames[0]]: input });
      return session.outputNames.map((name) => outputs[name].data);
    };
  };
  networks = { detector: await open(models[0]), classifier: await open(models[1]) };
  follower = new reader.Follower(recipe);
  // The browser runs the networks at once and makes them faster meanwhile, on a busy device late.
  const until = performance.now() + TRIAL_MS;
  let ms = await trial();
  while (ms > slowest && performance.now() < until) ms = await trial();
  return ms;
}

// How long one reading takes here, in ms: all its steps, on a grey picture.
async function trial() {
  const began = performance.now();
  const frame = {
    data: new Uint8ClampedArray(640 * 480 * 4).fill(128),
    width: 640,
    height: 480,
    channels: 4,
  };
  await reader.read(frame, recipe, networks);
  const face = { box: [220, 140, 200, 200], landmarks: [280, 200, 360, 200, 320, 240] };
  await reader.classify(
    reader.crop(frame, face, recipe.crop),
    recipe.classifier,
    networks.classifier,
  );
  return performance.now() - began;
}

// The picture of a VideoFrame or an ImageBitmap, whose memory is given back at once.
async function pixels(frame) {
  try {
    return (await copied(frame)) ?? drawn(frame);
  } finally {
    frame.close();
  }
}

// What a canvas hands out is kept until the browser tidies up, which took 0.6 GB in Chromium. So
// the values are copied to one place, where the browser can do that, as they are to be read.
async function copied(frame) {
  const { visibleRect: { width, height } = {}, rotation, flip } = frame;
  const isUpright = width === frame.displayWidth && height === frame.displayHeight;
  if (!width || !isUpright || rotation || flip) return null;
  if (Math.max(width, height) > recipe.frame.longest) return null;
  if (buffer?.length !== 4 * width * height) buffer = new Uint8ClampedArray(4 * width * height);
  try {
    await frame.copyTo(buffer, { format: "RGBA" });
  } catch {
    return null; // a browser that cannot convert
  }
  return { data: buffer, width, height, channels: 4 };
}

function drawn(frame) {
  const [across, down] = [frame.displayWidth ?? frame.width, frame.displayHeight ?? frame.height];
  const scale = Math.min(1, recipe.frame.longest / Math.max(across, down));
  const width = Math.round(across * scale);
  const height = Math.round(down * scale);
  canvas ??= new OffscreenCanvas(width, height);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(frame, 0, 0, width, height);
  return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
}

async function take({ frame, t }) {
  const began = performance.now();
  if (frame) {
    const reading = follower.update(t, await reader.read(await pixels(frame), recipe, networks));
    const emotion = reading?.probabilities && reader.emotionOf(reading.probabilities, recipe);
    postMessage({ reading, emotion, t, ms: performance.now() - began });
  }
  const wait = Math.max(SHORTEST_WAIT_MS, SHARE * (performance.now() - began));
  setTimeout(() => postMessage({ next: true }), wait - (performance.now() - began));
}

onmessage = async ({ data }) => {
  try {
    if (data.start) postMessage({ ready: await start(data.start, data.slowest) });
    else if (data.forget) follower = new reader.Follower(recipe);
    else await take(data);
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
