"""The controls that choose a model to look at, one to compare it with, and one to use."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fer.errors import ModelError, SettingsError
from fer.model_card import ModelCard
from fer.web.faults import in_markdown
from fer.web.model import texts
from fer.web.resources import chosen_model, use_model


def choose(cards: Sequence[ModelCard]) -> tuple[ModelCard, ModelCard | None]:
    """Let the visitor choose; returns the card to show and the one to compare it with, or None."""
    paths = [card.path for card in cards]
    used = chosen_model().resolve()

    def name(card: ModelCard) -> str:
        return texts.IN_USE.format(title=card.title) if card.path == used else card.title

    left, right = st.columns(2)
    card = left.selectbox(
        texts.MODEL,
        cards,
        index=paths.index(used) if used in paths else 0,
        format_func=name,
        key="card",
    )
    other = right.selectbox(
        texts.COMPARE,
        [item for item in cards if item.path != card.path],
        index=None,
        format_func=lambda card: card.title,
        placeholder=texts.COMPARE_NONE if len(cards) > 1 else texts.COMPARE_IMPOSSIBLE,
        disabled=len(cards) == 1,
        key="other",
    )
    if card.path != used:
        st.caption(texts.USE_ABOUT)
        if st.button(texts.USE):
            try:
                use_model(card.path)
                st.rerun()
            except (ModelError, SettingsError) as problem:
                st.error(texts.UNUSABLE.format(title=card.title, problem=in_markdown(problem)))
    return card, other
