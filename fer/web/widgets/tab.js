// Shows in the browser's tab that there is an alert, plays a soft sound when one begins, and asks
// before the tab is closed or loaded again.

const MARK = "⚠ ";

export default function ({ parentElement, data }) {
  const before = parentElement.alerts ?? new Set();
  const begun = data.alerts.some((alert) => !before.has(alert));
  // Alerts that were there when the page was opened are not new.
  if (parentElement.alerts && begun && data.sound) play();
  parentElement.alerts = new Set(data.alerts);
  mark(data.alerts.length > 0);
  parentElement.unsaved = data.unsaved;
  // The browser asks before the numbers are lost by a reload or by closing the tab.
  parentElement.ask ??= (event) => parentElement.unsaved && event.preventDefault();
  addEventListener("beforeunload", parentElement.ask);
  // Streamlit writes the title again with each run of the page.
  clearInterval(parentElement.watch);
  if (data.alerts.length) parentElement.watch = setInterval(() => mark(true), 1000);
  return () => {
    if (parentElement.isConnected) return; // a newer run came first
    clearInterval(parentElement.watch);
    removeEventListener("beforeunload", parentElement.ask);
    mark(false);
  };
}

function mark(alert) {
  const title = document.title.replaceAll(MARK, "");
  const wanted = alert ? MARK + title : title;
  if (document.title !== wanted) document.title = wanted;
}

function play() {
  const audio = new AudioContext();
  const now = audio.currentTime;
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.linearRampToValueAtTime(0.08, now + 0.05);
  volume.gain.exponentialRampToValueAtTime(0.0001, now + 1.2);
  const tone = new OscillatorNode(audio, { frequency: 523 });
  tone.connect(volume).connect(audio.destination);
  tone.onended = () => audio.close();
  tone.start(now);
  tone.stop(now + 1.2);
}
