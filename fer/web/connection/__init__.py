"""The page on which a teacher tests the way from the browser to the server."""
