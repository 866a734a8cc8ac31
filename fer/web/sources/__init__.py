"""Where live frames come from: the camera by WebRTC, a shared window, the ICE servers."""
