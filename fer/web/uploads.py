"""What visitors upload, in the server's memory."""

from __future__ import annotations

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def free(file: UploadedFile) -> None:
    """Let go of an upload that is needed no more; Streamlit holds it until the visit ends.

    The uploader then leaves the file out, as if it had been taken away.
    """
    context = get_script_run_ctx()
    # Not public, but Streamlit's own chat input does the same with what was sent.
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
