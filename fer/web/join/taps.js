// Double taps on the students' page.
"use strict";

const TAPS_MS = 400, TAPS_PX = 30; // two taps that are closer than this are a double tap

// The second tap of a double tap falls on what has just taken the place of the first button. It was
// not meant for that: pausing the camera led to leaving the class.
function dropSecondTaps() {
  let button = null, at = -Infinity, x = 0, y = 0;
  const drop = (event) => {
    const pressed = event.target.closest("button, a");
    if (!pressed || event.detail === 0) return; // a key was pressed, at no place
    const now = performance.now();
    const same = now - at < TAPS_MS && Math.hypot(event.clientX - x, event.clientY - y) < TAPS_PX;
    [at, x, y] = [now, event.clientX, event.clientY];
    if (!same) button = pressed;
    if (pressed === button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("click", drop, true);
}
