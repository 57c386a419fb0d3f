"""The stack of docker-compose.yml on a real engine, as its users run it: ``make test-compose``."""
