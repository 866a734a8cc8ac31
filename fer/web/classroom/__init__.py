"""The parts of the page for instructors of a class that students join; `texts` holds its words.

`fer/classroom` does the computing and decides which numbers may be seen; the students' page is in
`fer/web/join/`.
"""
