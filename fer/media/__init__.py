"""Decoding of recordings, sound and pictures: the only place that hands files to a decoder.

`probe` describes a file, `survey` and `clock` put its packets on one time axis, `decoder`,
`picture` and `video` give pictures, `audio` and `mixing` give sound, `image` reads single pictures,
and `sandbox` runs all of it in a child process.

Nothing here knows what the frames and samples are used for.
"""
