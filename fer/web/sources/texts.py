"""Texts of the component that sends pictures, in one place for whoever translates them."""

from __future__ import annotations

from fer.live.conditions import Sharing

_DENIED = (
    "The browser blocks the camera for this page",
    "click the camera icon in the address bar and allow the camera, then start it again.",
)
_MISSING = (
    "No camera was found",
    "connect one, or check that the system lets the browser use it.",
)
_BUSY = (
    "The camera gives no video",
    "close other programs and tabs that use it, then start it again.",
)
_NOT_SECURE = (
    "This page cannot use a camera, because it was not opened over HTTPS",
    "open it with an address that begins with https://, or on the server itself with "
    "http://localhost.",
)
IGNORED = "ignored"
"""On the parts of a picture whose faces do not count."""

NEEDS_HTTPS = ": ".join(_NOT_SECURE)

REFUSALS = {
    "NotAllowedError": _DENIED,
    "SecurityError": _DENIED,
    "NotFoundError": _MISSING,
    "OverconstrainedError": _MISSING,
    "NotSecure": _NOT_SECURE,
    "other": _BUSY,
}
"""What is the case, and what to do about it, by what browsers call the error of a camera."""

WINDOW = {
    "start": "Share a window or screen",
    "stop": "Stop sharing",
    "alt": "Preview of what is shared, with a box around each face",
    Sharing.IDLE: "",
    Sharing.ASKING: "Choose what to share in the browser's dialogue.",
    Sharing.SHARING: "Sharing. The picture is read and forgotten.",
    Sharing.ENDED: "Sharing ended.",
    Sharing.DENIED: "Nothing is shared: the browser's dialogue was closed or sharing is not "
    "allowed.",
    Sharing.MISSING: "The browser found nothing to share. Check that the system lets it record the "
    "screen.",
    Sharing.FAILED: "The browser could not take a picture of that window. Choose another one.",
    Sharing.UNSUPPORTED: "Screen sharing is not supported here. It needs a desktop browser, and "
    "HTTPS or localhost.",
}
"""Words for a shared window: the two buttons, the picture for screen readers, and each state."""

CAMERA = {
    "start": "Start camera",
    "stop": "Stop camera",
    "alt": "The camera's video, with a box around each face",
    Sharing.IDLE: "",
    Sharing.ASKING: "Allow the browser to use the camera.",
    Sharing.SHARING: "",
    Sharing.ENDED: "",
    Sharing.DENIED: ": ".join(_DENIED),
    Sharing.MISSING: ": ".join(_MISSING),
    Sharing.FAILED: ": ".join(_BUSY),
    Sharing.UNSUPPORTED: NEEDS_HTTPS,
}
"""Words for a camera whose pictures travel over the page's own connection."""
