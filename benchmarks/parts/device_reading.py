"""Compares what the scripts for students' devices read in a browser with what Python reads."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import cv2
import numpy as np
from playwright.sync_api import Page

from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, FaceState, MoodCore
from fer.faces.detect.bundled import MODEL, Bundled
from fer.faces.recipe import DETECT_SIZE
from fer.settings import ROOT

CLASSIFIER = ROOT / "models" / "emotion.onnx"

_START = """() => new Promise((resolve, reject) => {
    const whole = ([name, file]) => [name, new URL(file, document.baseURI).href];
    const files = Object.fromEntries(Object.entries(facts.device).map(whole));
    window.harness = new Worker(files["worker.js"], { type: "module" });
    harness.onerror = (event) => reject(event.message);
    harness.onmessage = ({ data }) => data.failed ? reject(data.failed) : resolve(data.ready);
    harness.postMessage({ start: files });
})"""

_READ = """async (pictures) => {
    const answers = [];
    for (const picture of pictures) {
        const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
        const frame = await createImageBitmap(
            new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
        window.seconds = (window.seconds ?? 0) + 60; // later than any face is followed
        answers.push(await new Promise((resolve, reject) => {
            harness.onmessage = ({ data }) => data.failed ? reject(data.failed)
                : "reading" in data ? resolve(data) : null;
            harness.postMessage({ frame, t: seconds }, [frame]);
        }));
    }
    return answers;
}"""


def start(page: Page) -> float:
    """Start a separate Worker on the page of a class; returns how many ms one reading takes."""
    return page.evaluate(_START)


def read_there(page: Page, pictures: Sequence[np.ndarray]) -> list[dict]:
    """Returns `reading` and `ms` of the Worker for each picture, uint8 (H, W, 3) BGR."""
    pngs = [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures]
    return page.evaluate(_READ, [base64.b64encode(png).decode() for png in pngs])


def read_here(core: MoodCore, picture: np.ndarray) -> FaceReading | None:
    """Returns what Python reads from the largest face of a picture, or None without a face."""
    readings = core.read(picture)
    return max(readings, key=lambda face: face.box[2] * face.box[3], default=None)


def core() -> MoodCore:
    """Reads as a device does: it looks for faces in a small copy of the picture."""
    return MoodCore.load(detector=Bundled(MODEL, DETECT_SIZE), model=CLASSIFIER)


def compare(here: list[FaceReading | None], there: list[dict]) -> dict:
    """Measure how far the two agree.

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
    """Returns the state and the emotion of a reading."""
    if reading is None:
        return "none", ""
    return str(reading.state), "" if reading.state == FaceState.UNREAD else reading.emotion


def summary_of(reading: dict | None) -> tuple[str, str]:
    """Returns the state and the emotion of a reading by the script."""
    if reading is None:
        return "none", ""
    if reading["probabilities"] is None:
        return reading["state"], ""
    return reading["state"], EMOTIONS[int(np.argmax(reading["probabilities"]))]
