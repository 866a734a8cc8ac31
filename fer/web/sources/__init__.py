"""Where live frames come from: the camera over WebRTC, with its ICE servers, or a shared window.

`pictures` takes single JPEG files of a window, and of a camera where WebRTC finds no way; the size
and the quality of these files stand there.
"""
