"""Opens ONNX networks and reads the cards beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from fer.errors import ModelError

CARD_FORMAT = 1
"""The version of the cards that this code writes and reads."""


SPIN_US = "200"
"""How long a thread of a network with many short layers waits for the next one before it sleeps, in
microseconds."""


# All networks of a process take their memory from one pool, which grows by what they need. Without
# it, each has a pool of its own, which grows to the next power of two. For a video call of 25
# people, detector and classifier took 32 MB in that way, and take 20 MB in this one, as fast.
onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    ),
    onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1}),
)


def open_network(
    model: Path | str | bytes, threads: int = 1, *, short_layers: bool = False
) -> onnxruntime.InferenceSession:
    """Open a network on the processor.

    Args:
        model: an ONNX file, or the bytes of one.
        threads: how many threads one call may use.
        short_layers: whether most layers take less than a tenth of a millisecond. To be woken for
            each takes a thread as long, so it stays awake for `SPIN_US` after each.

    Raises:
        Exception: the file cannot be read or run; onnxruntime's errors share no closer base class.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that spin for as long as they wait would take a core from the decoding of the video.
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(short_layers)))
    options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN_US)
    # Warnings would fill the log, for example about the sizes that YuNet's file notes for 640 px.
    # Errors are raised anyway.
    options.log_severity_level = 4
    options.add_session_config_entry("session.use_env_allocators", "1")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def card_of(model: Path) -> Path:
    """The path of the card that belongs to an ONNX file: the same name with the ending `.json`."""
    return model.with_suffix(".json")


def read_card(model: Path, train: str = "python train.py") -> dict[str, Any]:
    """Read the card of an ONNX file.

    Args:
        model: the ONNX file.
        train: the command that makes such a model, for the message where a file is missing.

    Returns:
        The parsed card. What must be in it depends on the model.

    Raises:
        ModelError: a file is missing, or the card is no JSON object.
    """
    card = card_of(model)
    if not (model.is_file() and card.is_file()):
        raise ModelError(f"{model} and {card.name} must both be there; `{train}` makes them")
    try:
        data = json.loads(card.read_text("utf-8"))
    except OSError as error:
        raise ModelError(f"{card} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{card} is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ModelError(f"{card} must hold a JSON object")
    return data


def check_format(card: dict[str, Any], name: str) -> None:
    """Reject a card of another version.

    Args:
        card: the parsed card.
        name: the name of the card in the message.

    Raises:
        ModelError: the format is missing or is another one.
    """
    if card.get("format") != CARD_FORMAT:
        raise ModelError(f"{name}: card format {card.get('format')} is not {CARD_FORMAT}")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Turn logits into probabilities that sum to 1 over the last axis; the shape stays.

    The largest logit is subtracted first, so that no exponential overflows.
    """
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
