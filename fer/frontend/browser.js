// Tells Python what this browser allows, at the start and whenever it changes.

async function look() {
  const devices = navigator.mediaDevices;
  let cameras = null;
  try {
    const found = (await devices?.enumerateDevices?.()) ?? null;
    cameras = found && found.filter((device) => device.kind === "videoinput").length;
  } catch {
    // left unknown
  }
  let permission = "unknown";
  try {
    permission = (await navigator.permissions.query({ name: "camera" })).state;
  } catch {
    // browsers that do not know the name
  }
  return { secure: window.isSecureContext, cameras, permission };
}

class Probe {
  constructor() {
    this.check = async () => {
      const report = await look();
      const text = JSON.stringify(report);
      if (text === this.said) return;
      this.said = text;
      this.tell("report", report);
    };
    navigator.mediaDevices?.addEventListener?.("devicechange", this.check);
    navigator.permissions
      ?.query?.({ name: "camera" })
      .then((status) => status.addEventListener("change", this.check))
      .catch(() => {});
    // A camera may be allowed or plugged in while another tab is in front.
    document.addEventListener("visibilitychange", this.check);
  }
}

export default function ({ parentElement, setStateValue }) {
  parentElement.probe ??= new Probe();
  parentElement.probe.tell = setStateValue;
  parentElement.probe.check();
}
