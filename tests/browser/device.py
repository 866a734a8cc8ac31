"""The scripts that read on a student's own device, at work in a browser, and what Python reads."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, FaceState, MoodCore
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.recipe import DETECT_SIZE
from fer.settings import ROOT
from fer.web.join.device.recipe import device_recipe

RUNTIME = ROOT / "node_modules" / "onnxruntime-web" / "dist"
SCRIPTS = ROOT / "fer" / "web" / "join" / "device"
CLASSIFIER = ROOT / "models" / "emotion.onnx"

FILES = {
    "runtime": RUNTIME / "ort.wasm.bundle.min.mjs",
    "wasm": RUNTIME / "ort-wasm-simd-threaded.wasm",
    "reader": SCRIPTS / "reader.js",
    "worker": SCRIPTS / "worker.js",
    "detector": MODEL,
    "classifier": CLASSIFIER,
}
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}

_START = """(files) => new Promise((resolve, reject) => {
    for (const [key, name] of Object.entries(files)) files[key] = new URL(name, location).href;
    window.reading = new Worker(files.worker, { type: "module" });
    reading.onerror = (event) => reject(event.message);
    reading.onmessage = ({ data }) => data.failed ? reject(data.failed) : resolve(data.ready);
    reading.postMessage({ start: files });
})"""

_READ = """async (pictures) => {
    const answers = [];
    for (const picture of pictures) {
        const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
        const frame = await createImageBitmap(
            new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
        window.seconds = (window.seconds ?? 0) + 60; // later than any face is followed
        answers.push(await new Promise((resolve, reject) => {
            reading.onmessage = ({ data }) => data.failed ? reject(data.failed)
                : "reading" in data ? resolve(data) : null;
            reading.postMessage({ frame, t: seconds }, [frame]);
        }));
    }
    return answers;
}"""


@contextmanager
def served() -> Iterator[str]:
    """Serves `FILES` and their recipe to a browser; yields the address of an empty page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = Path(self.path).name
            content, kind = b"<!doctype html>", "text/html"
            if name == "recipe":
                content, kind = json.dumps(device_recipe(CLASSIFIER)).encode(), "application/json"
            elif name in FILES:
                kind = _TYPES.get(FILES[name].suffix, "application/octet-stream")
                content = FILES[name].read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def start(page: Page, files: dict[str, str] | None = None) -> float:
    """Start the Worker on a page; returns the ms that one reading takes."""
    return page.evaluate(_START, files or {name: name for name in [*FILES, "recipe"]})


def read_there(page: Page, pictures: Sequence[np.ndarray]) -> list[dict]:
    """What the Worker reads from pictures, uint8 (H, W, 3) BGR: `reading` and `ms` of each."""
    pngs = [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures]
    return page.evaluate(_READ, [base64.b64encode(png).decode() for png in pngs])


def read_here(core: MoodCore, picture: np.ndarray) -> FaceReading | None:
    """What Python reads from the largest face of a picture."""
    readings = core.read(picture)
    return max(readings, key=lambda face: face.box[2] * face.box[3], default=None)


def core() -> MoodCore:
    """Reads as a device does: it looks for faces in a small copy of the picture."""
    return MoodCore.load(detector=Bundled(MODEL, DETECT_SIZE), model=CLASSIFIER)


def compare(here: list[FaceReading | None], there: list[dict]) -> dict:
    """How far the two agree.

    Returns:
        `pictures`; `same_share`, of pictures with the same state and, where both read a face, the
        same emotion; `mean_difference` and `max_difference` of the probabilities of faces that
        both have read; `differing`, a line for each picture that is not the same.
    """
    differences, differing = [], []
    for number, (ours, answer) in enumerate(zip(here, there, strict=True)):
        theirs = answer["reading"]
        if summary(ours) != summary_of(theirs):
            differing.append(f"{number}: {summary(ours)} here, {summary_of(theirs)} there")
        if ours is not None and theirs is not None and theirs["probabilities"] is not None:
            differences.append(np.abs(ours.probabilities - theirs["probabilities"]))
    return {
        "pictures": len(here),
        "same_share": 1 - len(differing) / len(here),
        "mean_difference": float(np.mean(differences)),
        "max_difference": float(np.max(differences)),
        "differing": differing,
    }


def summary(reading: FaceReading | None) -> tuple[str, str]:
    """State and emotion."""
    if reading is None:
        return "none", ""
    return str(reading.state), "" if reading.state == FaceState.UNREAD else reading.emotion


def summary_of(reading: dict | None) -> tuple[str, str]:
    """State and emotion of a reading of the script."""
    if reading is None:
        return "none", ""
    if reading["probabilities"] is None:
        return reading["state"], ""
    return reading["state"], EMOTIONS[int(np.argmax(reading["probabilities"]))]
