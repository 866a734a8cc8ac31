// A button that asks Python for a file and saves it when it comes.

export default function ({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = () => {
    // The button stays like this until Python answers; a PDF takes a second or more.
    button.textContent = "Preparing …";
    setTriggerValue("wanted", true);
  };
  if (data.content === null || data.number === parentElement.saved) return;
  parentElement.saved = data.number;
  save(data);
}

async function save({ name, type, content }) {
  const signs = atob(content);
  const packed = new Uint8Array(signs.length);
  for (let at = 0; at < signs.length; at++) packed[at] = signs.charCodeAt(at);
  const file = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(
    await new Response(file, { headers: { "Content-Type": type } }).blob(),
  );
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
