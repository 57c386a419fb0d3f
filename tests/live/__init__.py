"""Tests with live parts: the command itself, real Celery workers, a real Valkey. No eager mode, no fakes."""
