"""Texts of the component that sends pictures, in one place for whoever translates them."""

from __future__ import annotations

from fer.live.conditions import Sharing

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
    Sharing.DENIED: "The browser was not allowed to use the camera.",
    Sharing.FAILED: "The camera gives no video. Another program may be using it.",
    Sharing.UNSUPPORTED: "This page cannot use a camera: it needs HTTPS or localhost.",
}
"""Words for a camera whose pictures travel over the page's own connection."""
