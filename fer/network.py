"""Opening ONNX networks, in one way for all of them."""

from __future__ import annotations

from pathlib import Path

import onnxruntime


def open_network(model: Path | str | bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A network on the processor.

    Args:
        model: an ONNX file, or what is in one.
        threads: for one call.

    Raises:
        Exception: the file cannot be read or run; onnxruntime's errors share no other base class.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait by spinning would take a core from the browser's video.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Warnings would fill the log: of sizes that YuNet's file notes for 640 px, say. Errors are
    # raised anyway.
    options.log_severity_level = 4
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
