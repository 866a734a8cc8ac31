// Keeps a word in the browser's tab, where it outlives a reload of the page, and tells Python which
// word the page before has kept. Another tab has another memory.

const KEY = "fer-live-visit";

export default function ({ parentElement, data, setStateValue }) {
  if (!parentElement.reported) {
    parentElement.reported = true;
    setStateValue("earlier", read());
  }
  if (data.word) write(data.word);
}

function read() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // the browser keeps nothing for this page
  }
}

function write(word) {
  try {
    sessionStorage.setItem(KEY, word);
  } catch {
    // Then nothing can be restored.
  }
}
