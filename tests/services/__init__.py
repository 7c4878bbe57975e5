"""Tests against real servers: `make test-services`. `make test` leaves them out."""
