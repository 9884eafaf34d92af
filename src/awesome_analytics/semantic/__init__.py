"""What a manager asks, as one Query over one model; its plan, its SQL and its rows."""
