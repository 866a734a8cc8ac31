"""What a card's figures mean, in plain words."""

from __future__ import annotations

from fer.model_card import VOTED, ModelCard
from fer.web.model import texts


def verdict(card: ModelCard) -> str:
    """A few sentences that a teacher can act on, or a warning if nothing was measured."""
    metrics = card.data.get("metrics") or {}
    votes = (metrics.get("ferplus") or {}).get("accuracy")
    measured = card.measured()
    if measured is not None and measured.name == VOTED:
        votes = measured.figures["accuracy"]  # the number that stands below
    sentences = []
    if votes is not None:
        sentences.append(texts.VERDICT_VOTES.format(tenths=int(10 * votes), share=votes))
    elif measured:
        share = measured.figures["accuracy"]
        sentences.append(texts.VERDICT_LABELS.format(tenths=int(10 * share), share=share))
    if not sentences:
        return texts.VERDICT_NONE
    answered, right = metrics.get("answered"), metrics.get("answered_accuracy")
    if answered is not None and right is not None:
        sentences.append(texts.VERDICT_UNSURE.format(unsure=1 - answered, right=right))
    shares = card.data.get("shares") or {}
    once, often = shares.get("tv_25"), shares.get("tv_250")
    if once is not None and often is not None:
        sentences.append(texts.VERDICT_SHARES.format(once=100 * once, often=100 * often))
    else:
        sentences.append(texts.VERDICT_SHARES_NONE)
    if (press := shares.get("wild_tv_neutral80")) is not None:
        sentences.append(texts.VERDICT_SHARES_PRESS.format(press=100 * press))
    sentences.append(texts.VERDICT_PRESS if "wild_faces" in shares else texts.VERDICT_WHERE)
    return " ".join(sentences)
