"""What outlives a process: classes, their history second by second, and tickets, in a database.

The only place with SQL. Pictures never come here, and nothing is kept of single students.
"""
