"""The club's boards: numbered, labelled, tested."""
