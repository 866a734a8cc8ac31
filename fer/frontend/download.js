// A button that asks Python for a text and saves what comes.

export default function ({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = () => setTriggerValue("wanted", true);
  if (data.text === null || data.number === parentElement.saved) return;
  parentElement.saved = data.number;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data.text], { type: data.type }));
  link.download = data.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
