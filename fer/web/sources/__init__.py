"""Where live frames come from: the camera over WebRTC, with its ICE servers, or a shared window."""
