"""Alembic migrations, as package data: made from ``tasks.models``, run by ``meeruit db upgrade``."""
