"""The parts of the class page, which the instructor of a class sees; `texts` holds its words.

`fer/classroom` does the computing and decides which numbers may be seen. The students' page is in
`fer/web/join/`.
"""
