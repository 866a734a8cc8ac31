"""Alembic's script: it runs the migrations on the connection that `fer.store.database` opened."""

from alembic import context

from fer.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot change a column in place
)
context.run_migrations()
