"""The model page: how far the emotion model can be trusted, from the card beside it."""

from __future__ import annotations

import cv2
import numpy as np
import streamlit as st

from fer.charts import model_card as card_charts
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.core import FaceState, MoodCore
from fer.media.image import PictureError, decode_picture
from fer.model_card import SELECTION, Measured, ModelCard, installed
from fer.settings import ROOT
from fer.web.resources import chosen_model, core, settings, use_model

SHOWN_PX = 160  # width of a face's picture
STATES = {
    FaceState.READ: "",
    FaceState.UNSURE: " (unsure)",
    FaceState.UNREAD: " (too small, turned or blurred)",
}
FIGURES = (
    ("accuracy", "Accuracy", "Share of the faces read right."),
    ("uar", "UAR", "Unweighted average recall: the mean over the classes."),
    ("macro_f1", "Macro F1", "Mean F1 over the classes."),
    ("ece", "ECE", "Expected calibration error: how far confidence is off, on average."),
    ("answered_at_85", "Answered at 85 %", "Largest share that is 85 % right."),
)


def figure_row(card: ModelCard, other: ModelCard | None) -> None:
    """The figures that people ask for first, the other model's difference beneath."""
    found, theirs = card.measured(), other.measured() if other else None
    figures = found.figures if found else {}
    alike = found and theirs and of_the_same_faces(found, theirs)
    columns = st.columns(len(FIGURES) + 1)
    for column, (key, name, text) in zip(columns, FIGURES, strict=False):
        value = figures.get(key)
        change = f"{value - theirs.figures[key]:+.1%}" if alike else None
        column.metric(
            name,
            "–" if value is None else f"{value:.1%}",
            change,
            delta_color="inverse" if key == "ece" else "normal",
            help=text,
        )
    size_figure(columns[-1], card.data.get("size", {}))
    if found:
        low, high = figures["interval_95"]
        st.caption(
            f"Measured on {found.name} ({figures['faces']:,} faces); the accuracy's 95 % interval "
            f"is {low:.1%} to {high:.1%}."
        )
    if found and theirs and not alike:
        st.caption(
            f"{other.title} was measured on other faces ({theirs.name}, "
            f"{theirs.figures['faces']:,} of {len(theirs.labels)} classes), so no differences are "
            "shown."
        )


def of_the_same_faces(one: Measured, other: Measured) -> bool:
    return (one.name, one.figures["per_class"]["faces"], one.labels) == (
        other.name,
        other.figures["per_class"]["faces"],
        other.labels,
    )


def size_figure(column, size: dict) -> None:
    parameters, cost = size.get("parameters"), "Parameters."
    if "mmacs" in size:
        cost = (
            f"Parameters; {size['mmacs']:.0f} million multiply-accumulates a pass, "
            f"{size.get('passes_a_face', 1)} passes a face."
        )
    column.metric("Size", f"{parameters / 1e6:.2f} M" if parameters else "unknown", help=cost)


def classes(card: ModelCard) -> None:
    found = card.measured()
    if found is None:
        st.info(how_to_measure(card))
        return
    st.markdown(f"**Confusion matrix** ({found.name})")
    st.plotly_chart(
        card_charts.confusion_matrix(found.labels, found.figures["confusion_matrix"]),
        theme="streamlit",
        key="confusion",
    )
    st.markdown("**Precision, recall and F1 of each class**")
    st.plotly_chart(card_charts.class_bars(found.labels, found.figures["per_class"]), key="classes")


def confidence(card: ModelCard, other: ModelCard | None) -> None:
    models, limits = {}, {}
    for item in filter(None, (card, other)):
        if found := item.measured():
            name = item.title if found.name != SELECTION else f"{item.title}, on {SELECTION}"
            models[name], limits[name] = found.figures, item.data.get("abstain_below")
        else:
            st.info(how_to_measure(item))
    if not models:
        return
    left, right = st.columns(2)
    with left:
        st.markdown("**Is it as sure as it is right?**")
        st.plotly_chart(card_charts.reliability_diagram(models), key="reliability")
    with right:
        st.markdown("**What if it only speaks when sure?**")
        st.plotly_chart(card_charts.coverage_curve(models, limits), key="coverage")
    limit = card.data.get("abstain_below")
    if limit:
        st.caption(
            f"{card.title}: readings with a confidence below {limit:.0%} count as *unsure* on all "
            f"pages. The limit was chosen on {SELECTION}, for 85 % right among the faces answered."
        )
    else:
        st.caption(f"{card.title} has no limit of confidence: none of its readings is *unsure*.")


def how_to_measure(card: ModelCard) -> str:
    """What to say where figures are missing."""
    path = card.path.relative_to(ROOT) if card.path.is_relative_to(ROOT) else card.path
    return (
        f"The card of {card.title} lacks these figures. They are measured and added by "
        f"`python evaluate.py --data PATH --model {path} --card`, where PATH is FER2013 or faces "
        "in its layout."
    )


def robustness(card: ModelCard) -> None:
    damage = card.data.get("metrics", {}).get("robustness")
    if not damage:
        st.info(how_to_measure(card))
        return
    st.plotly_chart(card_charts.robustness_curves(damage), key="robustness")
    st.caption("Accuracy on PrivateTest with the faces shifted, scaled, turned or degraded.")


def origin(card: ModelCard) -> None:
    training, data = card.data.get("training", {}), card.data.get("data", {})
    if card.data.get("note"):
        st.warning(card.data["note"])
    if "converted_from" in training:
        st.markdown(f"**Converted from** `{training['converted_from']}`")
    if not data:
        st.info(
            "Its card says nothing of the faces that it has learned from, who is missing from "
            "them, or its licence. Ask whoever made it."
        )
    if training.get("command"):
        st.markdown("**The command that made it**")
        st.code(training["command"], language="sh", wrap_lines=True)
    if training.get("note"):
        st.caption(training["note"])
    for name, value in data.items():
        st.markdown(f"**{name.replace('_', ' ').capitalize()}.** {in_words(value)}")
    if training.get("curves"):
        st.markdown("**Training**")
        st.plotly_chart(card_charts.training_curves(training["curves"]), key="training")
    with st.expander("The whole card"):
        st.json(card.data, expanded=1)


def try_it(card: ModelCard) -> None:
    upload = st.file_uploader(
        "A picture with faces (JPEG or PNG)",
        type=["jpg", "jpeg", "png"],
        max_upload_size=20,
        key="try",
    )
    st.caption("It is read in memory and forgotten; nothing is stored.")
    if upload is None:
        return
    try:
        picture = decode_picture(upload.getvalue())
    except PictureError as error:
        st.error(f"{upload.name}: {error}. Choose another one.")
        return
    try:
        reader = core(card.path)
    except (ModelError, ValueError) as error:
        st.error(f"{card.title} cannot be used: {error}")
        return
    faces = reader.read(picture)
    if not faces:
        # A picture that is a face and nothing else, as in FER2013, has no room for a detector.
        st.info("No face was found, so the whole picture is read as one face.")
        probabilities = reader.classifier.labels_probabilities([picture])
        show_face(picture, "whole picture", reader, probabilities[0])
        return
    st.caption(f"{len(faces)} face{'s' * (len(faces) > 1)}, found by {reader.detector_name}.")
    for number, face in enumerate(faces[:12], start=1):
        x, y, w, h = face.box
        crop = picture[y : y + h, x : x + w]
        show_face(crop, f"face {number}{STATES[face.state]}", reader, None, face.probabilities)
    if len(faces) > 12:
        st.caption("The twelve most certain ones are shown.")


def show_face(
    picture: np.ndarray,
    caption: str,
    reader: MoodCore,
    own: np.ndarray | None,
    mapped: np.ndarray | None = None,
) -> None:
    left, right = st.columns([1, 3], vertical_alignment="center")
    height, width = picture.shape[:2]
    if width > SHOWN_PX:  # Streamlit would shrink a flat picture to no height at all
        size = (SHOWN_PX, max(1, round(height * SHOWN_PX / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    left.image(picture, channels="BGR", caption=caption, width=SHOWN_PX)
    labels, values = (reader.classifier.labels, own) if own is not None else (EMOTIONS, mapped)
    right.plotly_chart(card_charts.probability_bars(labels, values), key=f"face-{caption}")


def in_words(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(
            f"{key.replace('_', ' ')}: {in_words(item)}" for key, item in value.items()
        )
    if isinstance(value, list):
        return "; ".join(map(in_words, value))
    return str(value)


def page() -> None:
    st.title("How far to trust the model")
    try:
        default = settings().model
    except ValueError as error:
        st.error(str(error))
        return
    cards = installed(default)
    if not cards:
        st.error(f"There is no model at {default}. `python train.py` makes one.")
        return
    paths = [card.path for card in cards]
    used = chosen_model().resolve()
    left, right = st.columns(2)
    card = left.selectbox(
        "Model",
        cards,
        index=paths.index(used) if used in paths else 0,
        format_func=lambda card: card.title + (" (in use)" if card.path == used else ""),
        key="card",
    )
    other = right.selectbox(
        "Compare with",
        [item for item in cards if item.path != card.path],
        index=None,
        format_func=lambda card: card.title,
        placeholder="nothing" if len(cards) > 1 else "no other model is installed",
        disabled=len(cards) == 1,
        key="other",
    )
    if card.path != used and st.button("Use this model on my pages"):
        try:
            use_model(card.path)
            st.rerun()
        except (ModelError, ValueError) as error:
            st.error(f"{card.title} cannot be used: {error}")
    figure_row(card, other)
    for tab, show in zip(
        st.tabs(["Classes", "Confidence", "Robustness", "Where it comes from", "Try a picture"]),
        (
            lambda: classes(card),
            lambda: confidence(card, other),
            lambda: robustness(card),
            lambda: origin(card),
            lambda: try_it(card),
        ),
        strict=True,
    ):
        with tab:
            show()


page()
