"""What Alembic runs for every service; the steps themselves lie with the services."""

from services.kit import migrate

migrate.environment()
