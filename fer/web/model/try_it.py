"""The tab where a visitor lets the model read a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import streamlit as st

from fer.charts import model_card as charts
from fer.errors import ModelError, RecordingError, SettingsError
from fer.media.image import PictureError, decode_picture
from fer.model_card import ModelCard
from fer.text import markdown
from fer.web.faults import in_markdown
from fer.web.model import texts
from fer.web.resources import core
from fer.web.uploads.uploader import uploader
from fer.web.widgets.chart import still_chart

SHOWN_PX = 160
"""Width of a face's picture on the page, px."""

MOST_FACES = 12

LARGEST_MB = 20
"""The largest picture file that is taken, in MB."""


def try_it(card: ModelCard) -> None:
    """Take a picture and show what the model reads in it."""
    uploads = uploader(
        texts.PICTURE, ["jpg", "jpeg", "png"], "try", several=False, largest_mb=LARGEST_MB
    )
    st.caption(texts.PICTURE_NOTE)
    if not uploads:
        return
    (upload,) = uploads
    try:
        picture = decode_picture(upload.take_into_memory())
    except RecordingError as problem:
        st.error(in_markdown(problem))
        return
    except PictureError as problem:
        name = markdown(upload.name)
        st.error(texts.PICTURE_REFUSED.format(name=name, problem=in_markdown(problem)))
        return
    try:
        reader = core(card.path)
    except (ModelError, SettingsError) as problem:
        st.error(texts.UNUSABLE.format(title=card.title, problem=in_markdown(problem)))
        return
    faces = reader.read(picture)
    if not faces:
        # A detector finds nothing in a picture that a face fills completely, as in FER2013.
        st.info(texts.NO_FACE)
        classifier = reader.classifier
        probabilities = classifier.labels_probabilities([picture])[0]
        _show(picture, texts.WHOLE_PICTURE, classifier.labels, probabilities)
        return
    words = texts.FACES_FOUND if len(faces) == 1 else texts.FACES_FOUND_MORE
    st.caption(words.format(count=len(faces), detector=reader.detector_name))
    for number, face in enumerate(faces[:MOST_FACES], start=1):
        x, y, w, h = face.box
        caption = texts.FACE.format(number=number, state=texts.STATES[face.state])
        _show(picture[y : y + h, x : x + w], caption, reader.classes, face.probabilities)
    if len(faces) > MOST_FACES:
        st.caption(texts.MOST_CERTAIN)


def _show(
    picture: np.ndarray, caption: str, labels: Sequence[str], probabilities: np.ndarray
) -> None:
    left, right = st.columns([1, 3], vertical_alignment="center")
    height, width = picture.shape[:2]
    if width > SHOWN_PX:  # Streamlit would shrink a flat picture to no height at all
        size = (SHOWN_PX, max(1, round(height * SHOWN_PX / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    left.image(picture, channels="BGR", caption=caption, width=SHOWN_PX)
    with right:
        still_chart(charts.probability_bars(labels, probabilities.tolist()), f"face-{caption}")
