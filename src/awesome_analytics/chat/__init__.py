"""Plain words to a Query, an answer or a question back."""
