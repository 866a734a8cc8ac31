// Finds out what a camera's video would meet on its way: nothing that the camera sees is sent.

const GATHER_MS = 8000;
const TRIES = 3;

async function camera() {
  if (!navigator.mediaDevices?.getUserMedia) return "unsupported";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: true });
    stream.getTracks().forEach((track) => track.stop());
    return "works";
  } catch (error) {
    if (["NotAllowedError", "SecurityError"].includes(error.name)) return "denied";
    return ["NotFoundError", "OverconstrainedError"].includes(error.name) ? "missing" : "busy";
  }
}

async function kinds(iceServers) {
  if (!globalThis.RTCPeerConnection) return [];
  const seen = new Set();
  const connection = new RTCPeerConnection({ iceServers });
  try {
    const done = new Promise((resolve) => {
      connection.onicecandidate = ({ candidate }) => {
        if (!candidate) resolve();
        else if (candidate.type) seen.add(candidate.type);
      };
      setTimeout(resolve, GATHER_MS);
    });
    connection.createDataChannel("test");
    await connection.setLocalDescription(await connection.createOffer());
    await done;
  } finally {
    connection.close();
  }
  return [...seen];
}

async function roundTrip() {
  const times = [];
  for (let n = 0; n < TRIES; n += 1) {
    const began = performance.now();
    try {
      const answer = await fetch("health/live", { cache: "no-store" });
      if (!answer.ok) return null;
    } catch {
      return null;
    }
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}

export default function (component) {
  const { data, parentElement: root, setStateValue } = component;
  const button = root.querySelector("button");
  const label = root.querySelector("span");
  label.textContent = button.disabled ? data.running : data.start;
  button.onclick = async () => {
    button.disabled = true;
    label.textContent = data.running;
    const seen = {
      secure: isSecureContext,
      camera: await camera().catch(() => "busy"),
      kinds: await kinds(data.servers).catch(() => []),
      round_trip_ms: await roundTrip(),
    };
    button.disabled = false;
    label.textContent = data.start;
    setStateValue("seen", seen);
  };
}
