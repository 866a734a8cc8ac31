"""The database: classes, their history second by second, and tickets, which outlive a process.

This is the only place with SQL. No pictures come here, and of single students only their tickets,
until the class ends.
"""
