"""What `dispatch` is made of: rows are claimed and marked, batches go out, answers are settled."""
