"""Alembic migrations, as package data: made from ``store.tables``, run by ``meeruit db upgrade``."""
