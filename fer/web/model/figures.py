"""What a card says about a model's quality: the row of figures and the tabs with charts."""

from __future__ import annotations

import streamlit as st

from fer.charts import model_card as charts
from fer.model_card import SELECTION, ModelCard
from fer.settings import ROOT
from fer.web.model import texts
from fer.web.widgets.chart import still_chart


def figure_row(card: ModelCard, other: ModelCard | None) -> None:
    """Show the most important figures, with the difference from the other model beneath."""
    measured, theirs = card.measured(), other.measured() if other else None
    figures = measured.figures if measured else {}
    alike = theirs if measured and theirs and measured.same_faces(theirs) else None
    columns = st.columns(len(texts.FIGURES) + 1)
    for column, (key, name, text) in zip(columns, texts.FIGURES, strict=False):
        value = figures.get(key)
        before = alike.figures.get(key) if alike else None
        change = None if value is None or before is None else f"{value - before:+.1%}"
        column.metric(
            name,
            texts.NO_FIGURE if value is None else f"{value:.1%}",
            change,
            delta_color="inverse" if key == "ece" else "normal",
            help=text,
        )
    _size(columns[-1], card.data.get("size") or {})
    if measured:
        low, high = figures["interval_95"]
        st.caption(
            texts.MEASURED_ON.format(name=measured.name, faces=figures["faces"], low=low, high=high)
        )
    neutral = figures.get("neutral_read_negative_by_votes")
    if neutral is not None:
        st.caption(texts.NEUTRAL_READ_NEGATIVE.format(share=neutral))
    if usual := card.by_labels():
        low, high = usual["interval_95"]
        st.caption(texts.OTHER_HEAD.format(accuracy=usual["accuracy"], low=low, high=high))
    if measured and theirs and other and not alike:
        st.caption(
            texts.OTHER_FACES.format(
                title=other.title,
                name=theirs.name,
                faces=theirs.figures["faces"],
                classes=len(theirs.labels),
            )
        )


def _size(column, size: dict) -> None:
    parameters, cost = size.get("parameters"), texts.SIZE_HELP
    if size.get("mmacs"):
        cost = texts.SIZE_COST.format(mmacs=size["mmacs"], passes=size.get("passes_a_face") or 1)
    value = texts.SIZE_UNKNOWN
    if parameters:
        value = texts.SIZE_VALUE.format(millions=parameters / 1e6)
    column.metric(texts.SIZE, value, help=cost)


def classes(card: ModelCard) -> None:
    """Show how well the model reads each class."""
    measured = card.measured()
    if measured is None:
        st.info(how_to_measure(card))
        return
    st.markdown(f"**{texts.CONFUSION}** ({measured.name})")
    still_chart(
        charts.confusion_matrix(measured.labels, measured.figures["confusion_matrix"]),
        "confusion",
    )
    st.markdown(f"**{texts.CLASS_FIGURES}**")
    still_chart(charts.class_bars(measured.labels, measured.figures["per_class"]), "classes")


def confidence(card: ModelCard, other: ModelCard | None) -> None:
    """Show whether the model is right as often as its confidence says."""
    models, limits = {}, {}  # the figures and the limit of confidence of each model
    for item in filter(None, (card, other)):
        if measured := item.measured():
            name = item.title
            if measured.name == SELECTION:
                name = texts.ON_SELECTION.format(title=item.title)
            models[name] = measured.figures
            if limit := item.data.get("abstain_below"):
                limits[name] = limit
        else:
            st.info(how_to_measure(item))
    if not models:
        return
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{texts.RELIABILITY}**")
        still_chart(charts.reliability_diagram(models), "reliability")
    with right:
        st.markdown(f"**{texts.COVERAGE}**")
        still_chart(charts.coverage_curve(models, limits), "coverage")
    limit = card.data.get("abstain_below")
    said = texts.LIMIT if limit else texts.NO_LIMIT
    # Older cards, from before this could be chosen, were all made for 85 %.
    right_share = card.data.get("answered_right") or 0.85
    st.caption(said.format(title=card.title, limit=limit, right=right_share))


def robustness(card: ModelCard) -> None:
    """Show how well the model reads faces in shifted, turned or degraded pictures."""
    damage = (card.data.get("metrics") or {}).get("robustness")
    if not damage:
        st.info(how_to_measure(card))
        return
    still_chart(charts.robustness_curves(damage), "robustness")
    st.caption(texts.ROBUSTNESS_NOTE)


def how_to_measure(card: ModelCard) -> str:
    """Says how to measure the figures that a card lacks."""
    path = card.path.relative_to(ROOT) if card.path.is_relative_to(ROOT) else card.path.name
    return texts.HOW_TO_MEASURE.format(title=card.title, path=path)
