"""The application: the part an adopter edits."""
