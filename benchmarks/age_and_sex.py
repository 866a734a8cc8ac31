"""How often neutral press photographs are read as negative, by estimated age and sex.

The estimates come from the age and gender network of face-api, which runs in Chromium. The app has
no part in them, and they are used for nothing but this measurement:

    npm install --no-save @vladmandic/face-api@1.7.15
    python -m benchmarks age_and_sex

`results/people.csv` gets them, for the option `--people` of `evaluate.py`.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from playwright.sync_api import Page, Route, sync_playwright

from benchmarks.parts.stage import ROOT, chromium
from fer.emotions import EMOTIONS
from fer.faces.core import FaceReading, MoodCore, as_bgr
from fer.settings import Settings
from fer.training.emotion.people import Person, read_negative_by_group
from fer.training.emotion.photos import Photos, middle_face, read_photos
from fer.training.files import DataError, decode_picture_file

PACKAGE = ROOT / "node_modules" / "@vladmandic" / "face-api"
TABLE = ROOT / "results" / "people.csv"
SITE = "http://face-api.test/"

SIDE = 112
"""Side of the pictures that the network takes, px."""

MARGIN = 1.3
"""Side of the square that is cut out, in sides of the face's box. On forty photographs the sexes
looked right; ages looked too low, by ten years or so."""

TOGETHER = 20
"""Faces that the page gets at once."""

_LOAD = """async (models) => {
    await faceapi.tf.setBackend("cpu");
    await faceapi.tf.ready();
    await faceapi.nets.ageGenderNet.loadFromUri(models);
}"""
_ESTIMATE = """async ([faces, side]) => {
    const people = [];
    for (const face of faces) {
        const bytes = Uint8Array.from(atob(face), (letter) => letter.charCodeAt(0));
        const pixels = faceapi.tf.tensor3d(bytes, [side, side, 3], "float32");
        const { age, gender } = await faceapi.nets.ageGenderNet.predictAgeAndGender(pixels);
        pixels.dispose();
        people.push([age, gender]);
    }
    return people;
}"""


def run() -> dict:
    if not PACKAGE.is_dir():
        raise SystemExit(f"needs {PACKAGE}: npm install --no-save @vladmandic/face-api@1.7.15")
    try:
        photos = read_photos(Settings.from_environment().shared / "data" / "wild_faces.zip")
    except DataError as error:
        raise SystemExit(f"{error}; set FER_SHARED to the folder of the photographs") from error
    core = MoodCore.load()
    numbers, faces, probabilities = [], [], []
    for number, picture, face in _neutral_faces(core, photos):
        numbers.append(number)
        faces.append(_cut(picture, face.box))
        probabilities.append(face.probabilities)
    people = estimates(faces)
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("file", "age", "sex"))
        for number, person in zip(numbers, people, strict=True):
            table.writerow((photos.files[number], f"{person.age:.1f}", person.sex))
    persons = np.unique([photos.persons[number] for number in numbers], return_inverse=True)[1]
    return {
        "faces": len(people),
        "table": str(TABLE),
        "by_group": read_negative_by_group(np.stack(probabilities), people, persons),
    }


def estimates(faces: Sequence[np.ndarray]) -> list[Person]:
    """Estimate age and sex of faces, uint8 (SIDE, SIDE, 3) BGR each, in Chromium."""
    people = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        _open(page)
        for start in range(0, len(faces), TOGETHER):
            some = [face[:, :, ::-1].tobytes() for face in faces[start : start + TOGETHER]]
            encoded = [base64.b64encode(face).decode() for face in some]
            people += [Person(*one) for one in page.evaluate(_ESTIMATE, [encoded, SIDE])]
        browser.close()
    return people


def _open(page: Page) -> None:
    def serve(route: Route) -> None:
        file = route.request.url.removeprefix(SITE)
        if file:
            route.fulfill(path=PACKAGE / file)
        else:
            route.fulfill(body="", content_type="text/html")

    page.route(f"{SITE}**", serve)
    page.goto(SITE)
    page.add_script_tag(url=f"{SITE}dist/face-api.js")
    page.evaluate(_LOAD, f"{SITE}model")


def _neutral_faces(core: MoodCore, photos: Photos) -> Iterator[tuple[int, np.ndarray, FaceReading]]:
    for number in np.flatnonzero(photos.labels == EMOTIONS.index("neutral")):
        picture = as_bgr(decode_picture_file(photos.pictures[number], photos.files[number]))
        face = middle_face(core, picture)
        if face is not None:
            yield int(number), picture, face


def _cut(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    x, y, width, height = box
    scale = SIDE / (MARGIN * np.sqrt(width * height))
    matrix = np.array(
        [
            [scale, 0, SIDE / 2 - scale * (x + width / 2)],
            [0, scale, SIDE / 2 - scale * (y + height / 2)],
        ]
    )
    return cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
