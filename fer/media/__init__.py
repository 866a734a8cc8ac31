"""Recordings, sound and pictures, decoded: the only place that hands files to a decoder.

`probe` says what a file is, `survey` and `clock` put its packets on one axis of time, `decoder`,
`picture` and `video` give pictures, `audio` and `mixing` give sound, `image` reads single pictures,
and `sandbox` runs all of it in a child process.

Nothing here knows what is looked for in the frames and samples that it gives out.
"""
