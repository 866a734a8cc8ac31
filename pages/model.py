"""The model page: how far the emotion model can be trusted, from the card beside it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fer import card_charts, frame
from fer.cards import ModelCard, installed
from fer.core import MoodCore
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.picture import PictureError, decode_picture
from fer.resources import chosen_model, core, settings, use_model


def figure_row(card: ModelCard, other: ModelCard | None) -> None:
    """The figures that people ask for first, the other model's difference beneath."""
    metrics = card.metrics("private")
    theirs = other.metrics("private") if other else {}
    size = card.data.get("size", {})
    columns = st.columns(6)
    for column, (key, name, text) in zip(
        columns,
        (
            ("accuracy", "Accuracy", "Share of PrivateTest faces read right."),
            ("uar", "UAR", "Unweighted average recall: the mean over the classes."),
            ("macro_f1", "Macro F1", "Mean F1 over the classes."),
            ("ece", "ECE", "Expected calibration error: how far confidence is off, on average."),
            ("answered_at_85", "Answered at 85 %", "Largest share that is 85 % right."),
        ),
        strict=False,
    ):
        value = metrics.get(key)
        change = None
        if value is not None and theirs.get(key) is not None:
            change = f"{value - theirs[key]:+.1%}"
        column.metric(
            name,
            "–" if value is None else f"{value:.1%}",
            change,
            delta_color="inverse" if key == "ece" else "normal",
            help=text,
        )
    parameters = size.get("parameters")
    columns[5].metric(
        "Size",
        f"{parameters / 1e6:.2f} M" if parameters else "unknown",
        help=f"Parameters; {size.get('mmacs', 0):.0f} million multiply-accumulates a pass, "
        f"{size.get('passes_a_face', 1)} passes a face.",
    )
    if "interval_95" in metrics:
        low, high = metrics["interval_95"]
        st.caption(
            f"Measured on {metrics['faces']:,} PrivateTest faces; the accuracy's 95 % interval is "
            f"{low:.1%} to {high:.1%}."
        )


def classes(card: ModelCard) -> None:
    part = measured_part(card)
    if part is None:
        return
    name, metrics = part
    st.markdown(f"**Confusion matrix** ({name})")
    st.plotly_chart(
        card_charts.confusion_matrix(card.labels, metrics["confusion_matrix"]),
        theme="streamlit",
        key="confusion",
    )
    st.markdown("**Precision, recall and F1 of each class**")
    st.plotly_chart(card_charts.class_bars(card.labels, metrics["per_class"]), key="classes")


def confidence(card: ModelCard, other: ModelCard | None) -> None:
    models = {}
    for item in (card, other):
        part = measured_part(item) if item else None
        if item and part:
            models[item.title] = part[1]
    if not models:
        return
    left, right = st.columns(2)
    with left:
        st.markdown("**Is it as sure as it is right?**")
        st.plotly_chart(card_charts.reliability_diagram(models), key="reliability")
    with right:
        st.markdown("**What if it only speaks when sure?**")
        st.plotly_chart(
            card_charts.coverage_curve(models, card.data.get("abstain_below")), key="coverage"
        )
    limit = card.data.get("abstain_below")
    if limit:
        st.caption(
            f"Readings with a confidence below {limit:.0%} count as *unsure* on all pages. The "
            "limit was chosen on PublicTest, for 85 % right among the faces answered."
        )


def robustness(card: ModelCard) -> None:
    damage = card.data.get("metrics", {}).get("robustness")
    if not damage:
        st.info("The card of this model has no robustness figures; `python evaluate.py` adds them.")
        return
    st.plotly_chart(card_charts.robustness_curves(damage), key="robustness")
    st.caption("Accuracy on PrivateTest with the faces shifted, scaled, turned or degraded.")


def origin(card: ModelCard) -> None:
    training, data = card.data.get("training", {}), card.data.get("data", {})
    if card.data.get("note"):
        st.warning(card.data["note"])
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
    reader: MoodCore = core(card.path)
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
        state = {"read": "", "unsure": " (unsure)", "unread": " (too small or turned)"}[face.state]
        show_face(crop, f"face {number}{state}", reader, None, face.probabilities)
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
    left.image(picture, channels="BGR", caption=caption, width=160)
    labels, values = (reader.classifier.labels, own) if own is not None else (EMOTIONS, mapped)
    right.plotly_chart(card_charts.probability_bars(labels, values), key=f"face-{caption}")


def measured_part(card: ModelCard) -> tuple[str, dict] | None:
    """The figures to show: PrivateTest's, else PublicTest's."""
    for part, name in (("private", "PrivateTest"), ("public", "PublicTest, not PrivateTest")):
        metrics = card.metrics(part)
        if metrics.get("confusion_matrix"):
            return name, metrics
    st.info("The card of this model has no figures; `python evaluate.py` measures them.")
    return None


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
    cards = installed(settings().model)
    if not cards:
        st.error(f"There is no model at {settings().model}. `python train.py` makes one.")
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
        except ModelError as error:
            st.error(str(error))
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


frame.require(__file__)
page()
