"""The system's own tables beside the books: people, sessions, saved questions, conversations, schedule."""
