"""Decoding in a child process, so that no file can take the app down.

FFmpeg decodes while it opens a file: a few megabytes can claim gigabytes of memory, keep a
decoder busy for hours, or crash it. What opens recordings therefore runs in a child with limits on
memory, time and files. A child that breaks one is ended, and the caller gets a `RecordingError`.

The child is a fresh interpreter that imports only `fer.media`, and serves one call after another.
Requests and replies are pickled; the child reads nothing but the recording, and the parent trusts
the child as it trusts the decoder.
"""
