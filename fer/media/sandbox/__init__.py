"""Decodes in a child process, so that no file can take the app down.

FFmpeg decodes while it opens a file: a few megabytes can claim gigabytes of memory, keep a decoder
busy for hours, or crash it. All code that opens recordings therefore runs in a child process with
limits on memory, time and files. A child that exceeds a limit is ended, and the caller gets a
`RecordingError`.

The child is a fresh interpreter that imports only `fer.media`. It serves one call after another.
Requests and replies are pickled. The child reads nothing but the recording, and the parent trusts
the child as much as it trusts the decoder.
"""
