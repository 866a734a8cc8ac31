"""What reads a face on the student's own device: two scripts for a Worker of the browser.

`reader.js` does what `fer.faces.core` does, with the numbers of `fer.faces.recipe`; `worker.js`
feeds it with the newest picture of the camera. Nothing in this folder can send anything.
"""
