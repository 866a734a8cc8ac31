"""Reading a face on the student's own device, with scripts that run in a browser's Worker.

`reader.js` does what `fer.faces.core` does, with the numbers of `fer.faces.recipe`; `worker.js`
gives it the newest picture of the camera. These scripts send nothing to anybody.
"""
