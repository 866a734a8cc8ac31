"""The model page: how far the emotion model can be trusted, from the card beside it."""

import streamlit as st

from fer.errors import ModelError, SettingsError
from fer.model_card import ModelCard, installed
from fer.web.faults import in_markdown
from fer.web.model import figures, texts
from fer.web.model.choose import choose
from fer.web.model.origin import origin
from fer.web.model.try_it import try_it
from fer.web.model.verdict import verdict
from fer.web.resources import settings

st.title(texts.TITLE)
try:
    default = settings().model
except SettingsError as problem:
    st.error(in_markdown(problem))
    st.stop()
try:
    ModelCard.read(default)
except ModelError as problem:
    # Other models with an unreadable card are left out below without a message, but somebody has
    # asked for this one.
    st.error(texts.UNUSABLE_CARD.format(problem=in_markdown(problem)))
cards = installed(default)
if not cards:
    st.error(texts.NO_MODEL)
    st.stop()
card, other = choose(cards)
with st.container(key="verdict"):
    st.markdown(verdict(card))
with st.container(key="numbers-model"):
    figures.figure_row(card, other)
tabs = {
    texts.TAB_CLASSES: lambda: figures.classes(card),
    texts.TAB_CONFIDENCE: lambda: figures.confidence(card, other),
    texts.TAB_ROBUSTNESS: lambda: figures.robustness(card),
    texts.TAB_ORIGIN: lambda: origin(card),
    texts.TAB_TRY: lambda: try_it(card),
}
for tab, show in zip(st.tabs(list(tabs)), tabs.values(), strict=True):
    with tab:
        show()
