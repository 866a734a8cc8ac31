// Tells Python what this browser allows, at the start and whenever it changes.

async function look() {
  const devices = navigator.mediaDevices;
  let cameras = null;
  try {
    const list = (await devices?.enumerateDevices?.()) ?? null;
    cameras = list && list.filter((device) => device.kind === "videoinput").length;
  } catch {
    // The permission stays unknown.
  }
  let permission = "unknown";
  try {
    permission = (await navigator.permissions.query({ name: "camera" })).state;
  } catch {
    // Some browsers do not know this name.
  }
  return { secure: window.isSecureContext, cameras, permission };
}

class Probe {
  constructor() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.check = async () => {
      const report = await look();
      const text = JSON.stringify(report);
      if (text === this.said || signal.aborted) return;
      this.said = text;
      this.tell("report", report);
    };
    navigator.mediaDevices?.addEventListener?.("devicechange", this.check, { signal });
    navigator.permissions
      ?.query?.({ name: "camera" })
      .then((status) => status.addEventListener("change", this.check, { signal }))
      .catch(() => {});
    // A camera may be allowed or plugged in while another tab is in front.
    document.addEventListener("visibilitychange", this.check, { signal });
  }
}

export default function ({ parentElement, setStateValue }) {
  const probe = (parentElement.probe ??= new Probe());
  probe.tell = setStateValue;
  probe.check();
  return () =>
    // Streamlit may also call this for a run that a newer one has overtaken.
    setTimeout(() => {
      if (parentElement.isConnected) return;
      probe.leaving.abort();
      delete parentElement.probe;
    });
}
