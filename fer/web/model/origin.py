"""Where a model comes from."""

from __future__ import annotations

import streamlit as st

from fer.charts import model_card as charts
from fer.model_card import ModelCard, in_words
from fer.web.model import texts
from fer.web.widgets.chart import still_chart


def origin(card: ModelCard) -> None:
    """Show which faces a model learned from, how it was trained, and its whole card."""
    training, data = card.data.get("training") or {}, card.data.get("data") or {}
    if card.data.get("note"):
        st.warning(card.data["note"])
    if training.get("converted_from"):
        st.markdown(texts.CONVERTED_FROM.format(source=training["converted_from"]))
    if not data:
        st.info(texts.NO_ORIGIN)
    if training.get("command"):
        st.markdown(f"**{texts.COMMAND}**")
        st.code(training["command"], language="sh", wrap_lines=True)
    if training.get("note"):
        st.caption(training["note"])
    for name, value in data.items():
        st.markdown(f"**{name.replace('_', ' ').capitalize()}.** {in_words(value)}")
    if training.get("curves"):
        st.markdown(f"**{texts.TRAINING}**")
        still_chart(charts.training_curves(training["curves"]), "training")
    with st.expander(texts.WHOLE_CARD):
        st.json(card.data, expanded=1)
