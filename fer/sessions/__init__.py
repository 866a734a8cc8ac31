"""Past classes and results of recordings as one list: what each of them says, compared over time.

`fer/web/sessions` shows the list. What a person may not see is as if it did not exist.
"""
