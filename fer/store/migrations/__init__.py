"""Changes to the tables, one after the other. Alembic runs those that a database still lacks."""
